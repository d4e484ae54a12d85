import { checkKeys, checkOneOf, expected } from '@groundstate/core';
import { compressedType, type Mat5Array, type Mat5Number, mat5Numbers, matrixType } from './mat5-types';

/** Options of `encodeMat5`. */
export interface EncodeMat5Options {
  /** Pack each array with zlib. @default true */
  readonly compressed?: boolean;
  /** @default 'little-endian' */
  readonly byteOrder?: 'little-endian' | 'big-endian';
}

const owner = 'encodeMat5';
/** Without a date, which MATLAB puts here: the same arrays make the same bytes. */
const description = 'MATLAB 5.0 MAT-file, written by Groundstate';
const maximumBytes = 2 ** 31 - 1;

/**
 * Writes a MAT-file of version 5, as MATLAB's `save -v7` does, compressed or not. Names are letters, digits and underscores, a letter first.
 *
 * @example
 * const bytes = await encodeMat5({ y: { shape: [2, 1], data: Uint8Array.of(1, 10), class: 'double' } }); // stored as bytes, read as doubles
 */
export async function encodeMat5(
  arrays: Readonly<Record<string, Mat5Array>>,
  options: EncodeMat5Options = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkKeys(owner, options, ['compressed', 'byteOrder']);
  const { compressed = true, byteOrder = 'little-endian' } = options;
  const littleEndian = checkOneOf(owner, 'byteOrder', byteOrder, ['little-endian', 'big-endian']) === 'little-endian';
  const parts: Uint8Array<ArrayBuffer>[] = [header(littleEndian)];
  for (const [name, array] of Object.entries(arrays)) {
    const matrix = encodeMatrix(name, array, littleEndian);
    if (!compressed) parts.push(matrix);
    else {
      const packed = await deflate(matrix);
      const tag = new DataView(new ArrayBuffer(8));
      tag.setUint32(0, compressedType, littleEndian);
      tag.setUint32(4, packed.length, littleEndian);
      parts.push(new Uint8Array(tag.buffer), packed);
    }
  }
  return joined(parts);
}

function header(littleEndian: boolean): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(128).fill(0x20, 0, 116);
  bytes.set(new TextEncoder().encode(description));
  const view = new DataView(bytes.buffer);
  view.setUint16(124, 0x0100, littleEndian);
  view.setUint16(126, 0x4d49, littleEndian); // 'MI': read as 'IM' where the low byte comes first
  return bytes;
}

function encodeMatrix(name: string, { shape, data, class: named }: Mat5Array, littleEndian: boolean): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z]\w{0,62}$/.test(name))
    throw expected(owner, 'arrays', 'named by a letter and at most 62 letters, digits and underscores', name);
  const stored = numberOf(name, Object.prototype.toString.call(data).slice(8, -1));
  const kind = named === undefined ? stored : mat5Numbers.find((number) => number.class === named);
  if (kind === undefined) throw expected(owner, `${name}.class`, `one of ${mat5Numbers.map((number) => number.class).join(', ')}`, named);
  const rule = 'at least two integers that are not negative';
  if (shape.length < 2 || !shape.every((length) => Number.isInteger(length) && length >= 0))
    throw expected(owner, `${name}.shape`, rule, shape);
  const size = shape.reduce((product, length) => product * length, 1);
  if (size * kind.size > maximumBytes) throw expected(owner, `${name}.shape`, `of at most ${maximumBytes} bytes`, shape);
  if (data.length !== size) throw expected(owner, `${name}.data`, `${size} values, as \`shape\` says`, data.length);

  const length = 16 + 8 + padded(4 * shape.length) + 8 + padded(name.length) + 8 + padded(size * stored.size);
  const bytes = new Uint8Array(8 + length);
  const view = new DataView(bytes.buffer);
  let offset = 0;
  const tag = (type: number, count: number): void => {
    view.setUint32(offset, type, littleEndian);
    view.setUint32(offset + 4, count, littleEndian);
    offset += 8;
  };
  tag(matrixType, length);
  tag(6, 8);
  view.setUint32(offset, kind.classCode, littleEndian);
  offset += 8;
  tag(5, 4 * shape.length);
  for (const [axis, count] of shape.entries()) view.setInt32(offset + 4 * axis, count, littleEndian);
  offset += padded(4 * shape.length);
  tag(1, name.length);
  bytes.set(new TextEncoder().encode(name), offset);
  offset += padded(name.length);
  tag(stored.typeCode, size * stored.size);
  if (stored.size === 1) bytes.set(data as Uint8Array, offset);
  else for (const [i, value] of data.entries()) stored.write(view, offset + i * stored.size, value as never, littleEndian);
  return bytes;
}

/** By the tag of a typed array, not by its class: one of another realm is as good. */
function numberOf(name: string, tag: string): Mat5Number {
  const found = mat5Numbers.find((number) => Object.prototype.toString.call(number.make(0)).slice(8, -1) === tag);
  if (found === undefined) throw expected(owner, `${name}.data`, 'a typed array of numbers', tag);
  return found;
}

const padded = (length: number): number => 8 * Math.ceil(length / 8);

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'))).arrayBuffer());
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
