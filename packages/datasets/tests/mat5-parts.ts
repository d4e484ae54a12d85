/** Parts of MAT-files, little-endian, for files that no writer would write. */
import { deflateSync } from 'node:zlib';

export function bytes(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

export const number = (value: number): number[] => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];

const text = (words: string, length: number): Uint8Array => new TextEncoder().encode(words.padEnd(length));

export const header = (words = 'MATLAB 5.0 MAT-file, made by hand', version = [0, 1]): Uint8Array =>
  bytes(text(words, 116), new Uint8Array(8), version, text('IM', 2));

/** A tag and data, padded to a multiple of eight. */
export const element = (type: number, data: readonly number[] | Uint8Array, length = data.length): Uint8Array =>
  bytes(number(type), number(length), data, new Uint8Array((8 - (data.length % 8)) % 8));

/** The parts of an array before its values; `flags` are those of class uint8. */
export const named = (name: string, shape: readonly number[], flags = 9): Uint8Array =>
  bytes(element(6, [...number(flags), ...number(0)]), element(5, shape.flatMap(number)), element(1, text(name, name.length)));

/** An array whole. */
export const matrix = (...parts: readonly Uint8Array[]): Uint8Array => element(14, bytes(...parts));

/** A zlib stream, which is not padded. */
export const packed = (content: Uint8Array, length?: number): Uint8Array => {
  const stream = deflateSync(content);
  return bytes(number(15), number(length ?? stream.length), stream);
};
