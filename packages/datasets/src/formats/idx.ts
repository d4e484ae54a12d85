/**
 * IDX, the format of MNIST's files: two zero bytes, a type byte (0x08: unsigned bytes), the number of axes, the length of each axis as
 * a big-endian 32-bit integer, then the values, last axis fastest.
 *
 * Source: "The IDX file format", Y. LeCun, C. Cortes, C. Burges, http://yann.lecun.com/exdb/mnist/.
 */
import { expected } from '@groundstate/core';
import { fileError } from '../file-error';
import { looksLike } from './looks-like';

/** An array of unsigned bytes, last axis fastest. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

const unsignedByte = 0x08;
const otherTypes: Readonly<Record<number, string>> = {
  9: 'signed bytes',
  11: '16-bit integers',
  12: '32-bit integers',
  13: '32-bit floats',
  14: '64-bit floats',
};
const maximumRank = 4;

/** No typed array holds more on every engine; a larger size in a header is damage, not data. */
const maximumBytes = 2 ** 31 - 1;

const hexadecimal = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');

/**
 * Reads an IDX file of unsigned bytes, of one to four axes. `data` is a view of `bytes`, not a copy.
 *
 * @param bytes The file, not compressed.
 * @param file Its name, for errors.
 * @param owner Who reads it, for errors.
 * @throws GroundstateError `corrupt` where bytes are missing, left over or make no sense; `unsupported` for another type or rank.
 * @example
 * decodeIdx(encodeIdx({ shape: [3], data: Uint8Array.of(7, 8, 9) })).shape; // [3]
 */
export function decodeIdx(bytes: Uint8Array, file = 'bytes', owner = 'decodeIdx'): { shape: number[]; data: Uint8Array } {
  if (bytes.length === 0) {
    throw fileError('corrupt', owner, file, { rule: 'an IDX file', got: 'an empty file', advice: 'Fetch it again.' });
  }
  const [first, second, type, rank] = bytes;
  if (first !== 0 || (second ?? 0) !== 0) {
    const got = looksLike(bytes) ?? `a file that starts with the bytes ${hexadecimal(bytes.subarray(0, 4))}`;
    const advice = got === 'a gzip file' ? 'Decompress it first.' : 'Fetch the original file again.';
    throw fileError('corrupt', owner, file, { rule: 'an IDX file, which starts with the bytes 00 00', got, advice });
  }
  if (type !== undefined && type !== unsignedByte) {
    const got =
      otherTypes[type] === undefined ? `the unknown type 0x${hexadecimal(Uint8Array.of(type))}` : `an IDX file of ${otherTypes[type]}`;
    throw fileError(otherTypes[type] === undefined ? 'corrupt' : 'unsupported', owner, file, {
      rule: 'an IDX file of unsigned bytes (type 0x08)',
      got,
    });
  }
  if (rank !== undefined && (rank < 1 || rank > maximumRank)) {
    throw fileError('unsupported', owner, file, { rule: `an IDX file of 1 to ${maximumRank} axes`, got: `${rank} axes` });
  }
  const headerLength = 4 + 4 * (rank ?? 1);
  if (rank === undefined || bytes.length < headerLength) {
    const got = `${bytes.length} bytes in all`;
    throw fileError('corrupt', owner, file, {
      rule: `an IDX file with a header of ${rank === undefined ? 'at least ' : ''}${headerLength} bytes`,
      got,
      advice: 'The file is cut short: fetch it again.',
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis, false));
  const size = shape.reduce((product, length) => product * length, 1);
  if (size < 1 || size > maximumBytes) {
    throw fileError('corrupt', owner, file, {
      rule: `an IDX file of 1 to ${maximumBytes} values`,
      got: `a header that says [${shape.join(', ')}]`,
      advice: 'The header is damaged: fetch the file again.',
    });
  }
  const data = bytes.subarray(headerLength);
  if (data.length !== size) {
    throw fileError('corrupt', owner, file, {
      rule: `an IDX file of ${headerLength + size} bytes, as its header says ([${shape.join(', ')}] after ${headerLength} bytes of header)`,
      got: `${bytes.length} bytes`,
      advice: data.length < size ? 'The file is cut short: fetch it again.' : 'There are bytes left over: fetch it again.',
    });
  }
  return { shape, data };
}

/**
 * Writes an IDX file of unsigned bytes, of one to four axes.
 *
 * @example
 * encodeIdx({ shape: [2, 2], data: Uint8Array.of(1, 2, 3, 4) }).length; // 16: four bytes, two lengths, four values
 */
export function encodeIdx({ shape, data }: IdxArray): Uint8Array<ArrayBuffer> {
  const rule = `1 to ${maximumRank} positive integers`;
  if (shape.length < 1 || shape.length > maximumRank) throw expected('encodeIdx', 'shape', rule, shape);
  if (!shape.every((length) => Number.isInteger(length) && length >= 1)) throw expected('encodeIdx', 'shape', rule, shape);
  const size = shape.reduce((product, length) => product * length, 1);
  if (size > maximumBytes) throw expected('encodeIdx', 'shape', `of at most ${maximumBytes} values`, shape);
  if (data.length !== size) throw expected('encodeIdx', 'data', `${size} bytes, as \`shape\` says`, data.length);
  const headerLength = 4 + 4 * shape.length;
  const bytes = new Uint8Array(headerLength + size);
  bytes.set([0, 0, unsignedByte, shape.length]);
  const view = new DataView(bytes.buffer);
  for (const [axis, length] of shape.entries()) view.setUint32(4 + 4 * axis, length, false);
  bytes.set(data, headerLength);
  return bytes;
}
