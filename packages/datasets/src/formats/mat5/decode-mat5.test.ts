import { GroundstateError } from '@groundstate/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes, element, header, matrix, named, number, packed } from '../../../tests/mat5-parts';
import { scipyVersion4, scipyVersion5 } from '../../../tests/scipy-mat5';
import { type DecodedMat5Array, decodeMat5 } from './decode-mat5';
import { encodeMat5 } from './encode-mat5';
import type { Mat5Array, Mat5Values } from './mat5-types';
import { readMat5 } from './read-mat5';

async function refusal(file: Uint8Array, only?: readonly string[]): Promise<GroundstateError> {
  const options = { file: 'digits.mat', owner: 'reader', ...(only === undefined ? {} : { only }) };
  const error: unknown = await decodeMat5(file, options).catch((cause: unknown) => cause);
  if (!GroundstateError.is(error)) throw new Error(`decodeMat5 did not refuse: ${JSON.stringify(error)}`);
  return error;
}

const y = matrix(named('y', [3, 1]), element(2, [1, 10, 2]));

/** 3 x 1 of class double, stored in bytes, name and values inside of their tags: as MATLAB writes whole numbers. */
const byHand = bytes(
  header(),
  [14, 0, 0, 0, 48, 0, 0, 0],
  [6, 0, 0, 0, 8, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0],
  [5, 0, 0, 0, 8, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0],
  [1, 0, 1, 0, 121, 0, 0, 0],
  [2, 0, 3, 0, 1, 10, 2, 0],
);

/** 1 x 2 of class int16, numbers with their high byte first. */
const bigEndian = bytes(
  header().subarray(0, 124),
  [1, 0, 77, 73],
  [0, 0, 0, 14, 0, 0, 0, 48],
  [0, 0, 0, 6, 0, 0, 0, 8, 0, 0, 0, 10, 0, 0, 0, 0],
  [0, 0, 0, 5, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 2],
  [0, 1, 0, 1, 122, 0, 0, 0],
  [0, 4, 0, 3, 1, 44, 255, 252],
);

const arrays = fc
  .record({
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 4 }),
    make: fc.constantFrom<(values: readonly number[]) => Mat5Values>(
      (values) => Int8Array.from(values),
      (values) => Uint8Array.from(values),
      (values) => Int16Array.from(values),
      (values) => Uint16Array.from(values),
      (values) => Int32Array.from(values),
      (values) => Uint32Array.from(values),
      (values) => Float32Array.from(values),
      (values) => Float64Array.from(values),
    ),
    values: fc.infiniteStream(fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }), fc.double())),
  })
  .map(({ shape, make, values }): Mat5Array => {
    const size = shape.reduce((product, length) => product * length, 1);
    return { shape, data: make(Array.from({ length: size }, () => values.next().value)) };
  });
const files = fc.record({
  contents: fc.dictionary(fc.stringMatching(/^[A-Za-z]\w{0,8}$/), arrays, { maxKeys: 3 }),
  options: fc.record({ compressed: fc.boolean(), byteOrder: fc.constantFrom('little-endian' as const, 'big-endian' as const) }),
});

const plain = (decoded: Readonly<Record<string, Mat5Array | DecodedMat5Array>>): object =>
  Object.fromEntries(Object.entries(decoded).map(([name, { shape, data }]) => [name, { shape: [...shape], data }]));

describe('decodeMat5', () => {
  it('reads files written by hand, of either order of bytes', async () => {
    expect(plain(await decodeMat5(byHand))).toEqual({ y: { shape: [3, 1], data: Float64Array.of(1, 10, 2) } });
    expect(plain(await decodeMat5(bigEndian))).toEqual({ z: { shape: [1, 2], data: Int16Array.of(300, -4) } });
  });

  it('reads what SciPy wrote, and leaves out what it was not asked for', async () => {
    const decoded = await decodeMat5(scipyVersion5, { only: ['y', 'n'] });
    expect(plain(decoded)).toEqual({
      y: { shape: [3, 1], data: Uint8Array.of(1, 10, 2) },
      n: { shape: [2, 3], data: Float64Array.of(1.5, Number.POSITIVE_INFINITY, Number.NaN, -2, 3, 4) },
    });
    expect(decoded.n?.class).toBe('double');
  });

  it('refuses by name an array that is wanted and is not of real numbers', async () => {
    const words = { z: 'complex ones', sparse: 'a sparse array', text: 'text', cell: 'a cell array', struct: 'a struct' };
    for (const [name, got] of Object.entries(words)) {
      const error = await refusal(scipyVersion5, [name]);
      expect(error.code).toBe('unsupported');
      expect(error.message).toMatch(
        new RegExp(`^reader: expected \`digits\\.mat\` to be a MAT-file with (real )?numbers in \`${name}\`, got ${got}\\. Save`),
      );
    }
  });

  it('refuses other versions and says how to save the file', async () => {
    const error = await refusal(scipyVersion4);
    expect(error.code).toBe('unsupported');
    expect(error.message).toBe(
      "reader: expected `digits.mat` to be a MAT-file of version 5, got a file of version 4, as far as its first bytes tell. Save it as version 5: `save(file, ..., '-v7')` in MATLAB, `scipy.io.savemat` in Python.",
    );
    for (const hdf5 of [
      header('MATLAB 7.3 MAT-file', [0, 2]),
      header('some text', [0, 2]),
      Uint8Array.of(0x89, 0x48, 0x44, 0x46, 13, 10),
    ]) {
      expect((await refusal(hdf5)).message).toContain('got a file of version 7.3, which is HDF5 inside. Save it as version 5');
    }
    expect((await refusal(header('some text', [3, 7]))).message).toContain('a header of the unknown version 0x0703');
  });

  it('says what a foreign file looks like', async () => {
    expect((await refusal(new TextEncoder().encode('<!DOCTYPE html><html>'))).message).toContain('got an HTML page. Fetch the original');
    expect((await refusal(new Uint8Array(0))).message).toContain('got an empty file');
    expect((await refusal(new Uint8Array(500))).message).toContain('got something else');
    expect((await refusal(header().subarray(0, 100))).message).toContain(
      'with a header of 128 bytes, got 100 bytes in all. The file is cut short',
    );
  });

  it('gives back what encodeMat5 wrote, in pieces of any length', async () => {
    await fc.assert(
      fc.asyncProperty(files, fc.integer({ min: 1, max: 300 }), async ({ contents, options }, length) => {
        const file = await encodeMat5(contents, options);
        expect(plain(await decodeMat5(file))).toEqual(plain(contents));
        const seen: Record<string, unknown[]> = {};
        await readMat5({
          owner: 'reader',
          file: 'digits.mat',
          size: file.length,
          chunks: (async function* () {
            for (let start = 0; start < file.length; start += length) yield file.subarray(start, start + length);
          })(),
          wants: () => true,
          receive: ({ name }) => {
            const values: unknown[] = [];
            seen[name] = values;
            return (piece, offset) => {
              expect(offset).toBe(values.length);
              values.push(...piece);
            };
          },
        });
        expect(seen).toEqual(Object.fromEntries(Object.entries(contents).map(([name, { data }]) => [name, [...data]])));
      }),
    );
  });

  it('refuses every truncation, but for one between two arrays, which leaves those before it', async () => {
    const contents = { X: { shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) }, y: { shape: [1, 2], data: Float64Array.of(1.5, 7) } };
    for (const compressed of [true, false]) {
      const file = await encodeMat5(contents, { compressed });
      const between = (await encodeMat5({ X: contents.X }, { compressed })).length;
      for (let length = 0; length < file.length; length++) {
        if (length === between) expect(Object.keys(await decodeMat5(file.subarray(0, length)))).toEqual(['X']);
        else if (length === 128) expect(await decodeMat5(file.subarray(0, length))).toEqual({});
        else expect((await refusal(file.subarray(0, length))).code).toBe('corrupt');
      }
    }
  });

  it('refuses every flipped bit of a compressed file, or reads the same', async () => {
    const X = { shape: [4, 5], data: Uint8Array.from({ length: 20 }, (_, i) => (i * i) % 7) };
    const file = await encodeMat5({ X, y: { shape: [2, 1], data: Uint8Array.of(3, 10), class: 'double' } });
    const whole = plain(await decodeMat5(file));
    let refused = 0;
    for (let bit = 0; bit < 8 * file.length; bit++) {
      const flipped = Uint8Array.from(file);
      flipped[bit >> 3] = flipped[bit >> 3]! ^ (1 << (bit & 7));
      const outcome = await decodeMat5(flipped).catch((error: unknown) => error);
      if (GroundstateError.is(outcome)) refused++;
      else expect(plain(outcome as Record<string, DecodedMat5Array>)).toEqual(whole);
    }
    // All but the text and the 8 bytes after it, which say nothing of the arrays.
    expect(refused).toBeGreaterThan(8 * (file.length - 124) * 0.95);
  });

  it('refuses a wrong checksum, with the words of zlib', async () => {
    const file = bytes(header(), packed(y));
    file[file.length - 1] = file[file.length - 1]! ^ 1;
    expect((await refusal(file)).message).toMatch(
      /^reader: expected `digits\.mat` to be a MAT-file whose compressed array at byte 136 is whole, got bytes that are cut short or damaged \(.*check.*\)\. The file is damaged: fetch it again\.$/,
    );
  });

  it('refuses a stream that holds more or less than it says, without taking memory for it', async () => {
    const bomb = packed(bytes(y, new Uint8Array(5_000_000)));
    expect((await refusal(bytes(header(), bomb))).message).toContain(`got more than the ${y.length - 8} bytes that it is said to hold`);
    expect((await refusal(bytes(header(), packed(y.subarray(0, 40))))).message).toMatch(/a zlib stream of 40 bytes that end in/);
    const absurd = packed(bytes(number(14), number(2 ** 31), named('y', [2 ** 31 - 1 - 200, 1])));
    expect((await refusal(bytes(header(), absurd))).message).toMatch(/\d+ bytes that are said to hold 2147483648, more than any can/);
    const long = bytes(header(), number(14), number(2 ** 31), named('y', [2 ** 31 - 1 - 200, 1]));
    expect((await refusal(long)).message).toContain('are left for an array of 2147483648. The file is cut short');
  });

  it('refuses bytes left over and elements that are no arrays', async () => {
    expect((await refusal(bytes(header(), y, [1, 2, 3]))).message).toContain('bytes that end in the tag of an array');
    expect((await refusal(bytes(header(), y, new Uint8Array(8)))).message).toContain(`an element of type 0 at byte ${128 + y.length}`);
    expect((await refusal(bytes(header(), element(2, [1, 2, 3])))).message).toContain('an element of type 2 at byte 128');
    expect((await refusal(bytes(header(), packed(element(2, [1, 2, 3]))))).message).toContain('got an element of type 2');
  });

  it('refuses an array that comes twice', async () => {
    expect((await refusal(bytes(header(), y, packed(y)))).message).toContain('a MAT-file with one array `y`, got two');
  });

  it('refuses sizes that do not match', async () => {
    const words = async (...parts: readonly Uint8Array[]): Promise<string> => (await refusal(bytes(header(), ...parts))).message;
    expect(await words(matrix(named('y', [4, 1]), element(2, [1, 10, 2])))).toContain(
      'with 4 bytes of values in `y`, as its shape [4, 1] says, got 3',
    );
    expect(await words(matrix(named('y', [3, 1]), element(2, [1, 10, 2]), new Uint8Array(8)))).toContain(
      '64 bytes for the array `y`, got 72',
    );
    expect(await words(matrix(named('y', [-3, 1]), element(2, [1, 10, 2])))).toContain('got the shape [-3, 1] of class uint8');
    expect(await words(matrix(named('y', [65536, 65536]), element(2, [1])))).toContain(
      'at most 2147483647 bytes in `y`, got the shape [65536, 65536]',
    );
    expect(await words(matrix(named('y', [3]), element(2, [1, 10, 2])))).toContain('at least two axes');
    expect(await words(matrix(element(6, [9, 0, 0, 0])))).toContain('8 bytes of flags');
    expect(await words(matrix(bytes([6, 0, 9, 0, 0, 0, 0, 0])))).toContain('short elements have at most 4 bytes, got 9');
    expect(await words(element(14, bytes(named('y', [3, 1])), 8), new Uint8Array(80))).toContain('48 bytes for the array `y`, got 8');
    expect(await words(matrix(element(6, [...number(9), ...number(0)]), element(5, new Uint8Array(4096))))).toContain('at most 128 bytes');
  });

  it('refuses values that their class does not hold, and classes and types that it does not know', async () => {
    const words = async (flags: number, type: number, data: readonly number[], shape = [1, 1]): Promise<string> =>
      (await refusal(bytes(header(), matrix(named('y', shape, flags), element(type, data))))).message;
    expect(await words(9, 3, [44, 1])).toContain('with numbers of class uint8 in `y`, got the number 300');
    expect(await words(14, 9, [0, 0, 0, 0, 0, 0, 248, 63])).toContain('with numbers of class int64 in `y`, got the number 1.5');
    expect(await words(9, 16, [1])).toContain('values of the unknown type 16');
    expect(await words(99, 2, [1])).toContain('an array of the unknown class 99');
  });

  it('reads 64-bit integers, whatever they are stored in', async () => {
    const wide = bytes(header(), matrix(named('y', [1, 2], 14), element(1, [5, 251])));
    expect((await decodeMat5(wide)).y?.data).toEqual(BigInt64Array.of(5n, -5n));
    const written = await encodeMat5({ y: { shape: [1, 1], data: BigUint64Array.of(2n ** 64n - 1n) } });
    expect((await decodeMat5(written)).y?.data).toEqual(BigUint64Array.of(2n ** 64n - 1n));
  });

  it('does not unpack what it was not asked for', async () => {
    const grain = Uint8Array.from({ length: 100_000 }, (_, i) => 255 * Math.abs(Math.sin(i * i)));
    const other = packed(matrix(named('z', [100_000, 1]), element(2, grain)));
    other.fill(170, other.length - 5000); // damage that unpacking would notice
    const decoded = await decodeMat5(bytes(header(), other, y), { only: ['y'] });
    expect(plain(decoded)).toEqual({ y: { shape: [3, 1], data: Uint8Array.of(1, 10, 2) } });
    expect((await refusal(bytes(header(), other, y))).code).toBe('corrupt');
  });
});
