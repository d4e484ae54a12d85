import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inflate } from './inflate';

/** Bytes that hardly compress. */
const grain = Uint8Array.from({ length: 2_000_000 }, (_, i) => 255 * Math.abs(Math.sin(i * i)));

/** A zlib stream in pieces of 10,000 bytes, and how many were asked for. */
function piecesOf(stream: Uint8Array): { readonly next: () => Promise<Uint8Array | undefined>; readonly asked: () => number } {
  let asked = 0;
  return {
    next: async () => {
      const start = 10_000 * asked++;
      return start < stream.length ? stream.subarray(start, start + 10_000) : undefined;
    },
    asked: () => asked,
  };
}

const damaged = (reason: string): Error => new Error(`damaged: ${reason}`);

describe('inflate', () => {
  it('asks for compressed bytes no faster than its own are taken', async () => {
    const pieces = piecesOf(deflateSync(grain));
    const { chunks, close } = inflate(pieces.next, damaged);
    const unpacked: Uint8Array[] = [];
    let taken = 0;
    let ahead = 0;
    for (let turn = await chunks.next(); !turn.done; turn = await chunks.next()) {
      unpacked.push(turn.value);
      taken += turn.value.length;
      ahead = Math.max(ahead, 10_000 * pieces.asked() - taken);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await close();
    expect(Buffer.compare(Buffer.concat(unpacked), grain)).toBe(0);
    expect(pieces.asked()).toBeGreaterThan(150);
    expect(ahead).toBeLessThan(200_000);
  });

  it('asks for nothing before it is asked, and for nothing after it is closed', async () => {
    const pieces = piecesOf(deflateSync(grain));
    const { chunks, close } = inflate(pieces.next, damaged);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(pieces.asked()).toBe(0);
    await chunks.next();
    await close();
    const asked = pieces.asked();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(pieces.asked()).toBe(asked);
    expect(asked).toBeLessThan(20);
  });

  it('hands on the very error of the compressed bytes', async () => {
    const trouble = new Error('the disk is gone');
    const { chunks, close } = inflate(() => Promise.reject(trouble), damaged);
    await expect(chunks.next()).rejects.toBe(trouble);
    await close();
  });

  it('words what zlib refuses', async () => {
    const { chunks, close } = inflate(piecesOf(Uint8Array.of(1, 2, 3, 4)).next, damaged);
    await expect(chunks.next()).rejects.toThrow(/^damaged: [a-z ]+/);
    await close();
  });
});
