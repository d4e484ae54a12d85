import { GroundstateError } from '@groundstate/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeIdx, encodeIdx } from './idx';

/** 2 x 3 bytes by hand: magic 00 00 08 02, lengths 2 and 3, big-endian, then the values row by row. */
const byHand = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 11, 12, 13, 14, 15);

function refusal(bytes: Uint8Array): GroundstateError {
  try {
    decodeIdx(bytes, 'digits-ubyte', 'reader');
  } catch (error) {
    if (GroundstateError.is(error)) return error;
    throw error;
  }
  throw new Error('decodeIdx accepted it');
}

const arrays = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }).chain((shape) => {
  const size = shape.reduce((product, length) => product * length, 1);
  return fc.uint8Array({ minLength: size, maxLength: size }).map((data) => ({ shape, data }));
});

describe('decodeIdx', () => {
  it('reads a file written by hand', () => {
    const { shape, data } = decodeIdx(byHand);
    expect(shape).toEqual([2, 3]);
    expect([...data]).toEqual([10, 11, 12, 13, 14, 15]);
  });

  it('reads a file that lies in the middle of a larger buffer', () => {
    const larger = new Uint8Array(40).fill(255);
    larger.set(byHand, 7);
    expect([...decodeIdx(larger.subarray(7, 7 + byHand.length)).data]).toEqual([10, 11, 12, 13, 14, 15]);
  });

  it('gives back what encodeIdx wrote, for one to four axes', () => {
    fc.assert(
      fc.property(arrays, (array) => {
        const { shape, data } = decodeIdx(encodeIdx(array));
        expect(shape).toEqual(array.shape);
        expect([...data]).toEqual([...array.data]);
      }),
    );
  });

  it('refuses every truncation', () => {
    fc.assert(
      fc.property(arrays, (array) => {
        const whole = encodeIdx(array);
        for (let length = 0; length < whole.length; length++) expect(refusal(whole.subarray(0, length)).code).toBe('corrupt');
      }),
      { numRuns: 20 },
    );
  });

  it('refuses every corrupted byte of the header, or reads sizes that agree with the bytes there are', () => {
    for (let position = 0; position < 12; position++) {
      for (let value = 0; value < 256; value++) {
        const corrupted = Uint8Array.from(byHand);
        corrupted[position] = value;
        try {
          const { shape, data } = decodeIdx(corrupted);
          expect(shape.reduce((product, length) => product * length, 1)).toBe(data.length);
          expect(data.length + 4 + 4 * shape.length).toBe(corrupted.length);
        } catch (error) {
          if (!GroundstateError.is(error)) throw error;
        }
      }
    }
  });

  it('says what a foreign file looks like', () => {
    const text = (words: string): Uint8Array => new TextEncoder().encode(words);
    expect(refusal(text('<!DOCTYPE html><html>')).message).toBe(
      'reader: expected `digits-ubyte` to be an IDX file, which starts with the bytes 00 00, got an HTML page. Fetch the original file again.',
    );
    expect(refusal(Uint8Array.of(0x1f, 0x8b, 8, 0)).message).toMatch(/got a gzip file\. Decompress it first\.$/);
    expect(refusal(Uint8Array.of(0x89, 0x50, 0x4e, 0x47)).message).toContain('got a PNG image');
    expect(refusal(text('{"message": "not found"}')).message).toContain('got a JSON document');
    expect(refusal(text('version https://git-lfs.github.com/spec/v1')).message).toContain('a Git LFS pointer');
    expect(refusal(Uint8Array.of(1, 2, 3, 4)).message).toContain('a file that starts with the bytes 01 02 03 04');
  });

  it('names another type of values', () => {
    expect(refusal(Uint8Array.of(0, 0, 13, 1, 0, 0, 0, 1)).message).toContain('got an IDX file of 32-bit floats');
    expect(refusal(Uint8Array.of(0, 0, 7, 1, 0, 0, 0, 1)).message).toContain('got the unknown type 0x07');
    expect(refusal(Uint8Array.of(0, 0, 8, 5)).message).toContain('of 1 to 4 axes, got 5 axes');
  });

  it('gives both numbers where bytes are missing or left over', () => {
    expect(refusal(byHand.subarray(0, 16)).message).toMatch(/an IDX file of 18 bytes, .* got 16 bytes\. The file is cut short/);
    expect(refusal(Uint8Array.of(...byHand, 0)).message).toMatch(/an IDX file of 18 bytes, .* got 19 bytes\. There are bytes left over/);
  });

  it('refuses sizes beyond reason without taking the memory for them', () => {
    const absurd = Uint8Array.of(0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255);
    expect(refusal(absurd).message).toContain('got a header that says [4294967295, 4294967295, 4294967295]');
    expect(refusal(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 0)).message).toContain('got a header that says [0]');
  });
});

describe('encodeIdx', () => {
  it('writes the bytes worked out by hand', () => {
    expect([...encodeIdx({ shape: [2, 3], data: Uint8Array.of(10, 11, 12, 13, 14, 15) })]).toEqual([...byHand]);
  });

  it('refuses a shape that the data does not have', () => {
    expect(() => encodeIdx({ shape: [2, 2], data: new Uint8Array(3) })).toThrow('expected `data` to be 4 bytes, as `shape` says, got 3.');
    expect(() => encodeIdx({ shape: [], data: new Uint8Array(1) })).toThrow('expected `shape` to be 1 to 4 positive integers');
    expect(() => encodeIdx({ shape: [1.5], data: new Uint8Array(1) })).toThrow('expected `shape` to be 1 to 4 positive integers');
  });
});
