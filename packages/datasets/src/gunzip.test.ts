import { gzipSync } from 'node:zlib';
import { GroundstateError } from '@groundstate/core';
import { describe, expect, it } from 'vitest';
import { gunzip } from './gunzip';

const content = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 251);
const packed = new Uint8Array(gzipSync(content));

async function refusal(bytes: Uint8Array, limit?: number): Promise<GroundstateError> {
  const error: unknown = await gunzip(bytes, 'digits.gz', 'reader', limit === undefined ? {} : { limit }).catch((cause: unknown) => cause);
  if (!GroundstateError.is(error)) throw new Error(`gunzip did not refuse: ${String(error)}`);
  return error;
}

describe('gunzip', () => {
  it('unpacks what zlib packed', async () => {
    expect(Buffer.compare(await gunzip(packed), content)).toBe(0);
    expect((await gunzip(new Uint8Array(gzipSync('')))).length).toBe(0);
  });

  it('refuses every truncation, naming the file', async () => {
    for (let length = 0; length < packed.length; length += length < 24 || length > packed.length - 12 ? 1 : 97) {
      const error = await refusal(packed.subarray(0, length));
      expect(error.code).toBe('corrupt');
      expect(error.message).toMatch(/^reader: expected `digits\.gz` to be a/);
    }
    expect((await refusal(packed.subarray(0, -1))).message).toMatch(/to be a whole gzip file, got \d+ bytes that are cut short or damaged/);
  });

  it('refuses a damaged checksum and damaged content', async () => {
    for (const position of [packed.length - 6, packed.length - 1, packed.length >> 1]) {
      const damaged = Uint8Array.from(packed);
      damaged[position] = damaged[position]! ^ 1;
      // With zlib's own words: later versions of Node keep them inside an error without any.
      expect((await refusal(damaged)).message).toMatch(/cut short or damaged \([a-z ]+\)/);
    }
  });

  it('says what a foreign file looks like', async () => {
    expect((await refusal(new TextEncoder().encode('  <html>'))).message).toBe(
      'reader: expected `digits.gz` to be a gzip file, got an HTML page. Fetch the original file again.',
    );
    expect((await refusal(new Uint8Array(0))).message).toContain('got an empty file');
  });

  it('gives up on a file that unpacks to more than the limit', async () => {
    expect((await refusal(packed, content.length - 1)).message).toContain('of at most 4999 bytes once decompressed, got more');
    expect((await gunzip(packed, 'digits.gz', 'reader', { limit: content.length })).length).toBe(content.length);
  });
});
