import { checkKeys } from '@groundstate/core';
import type { Mat5Array, Mat5Class, Mat5Values } from './mat5-types';
import { mat5Numbers } from './mat5-types';
import { readMat5 } from './read-mat5';

/** An array as it is read: its values are of the type of its class. */
export type DecodedMat5Array = Required<Mat5Array>;

/** Options of `decodeMat5`. */
export interface DecodeMat5Options {
  /** The arrays to read, by name: others may be whatever they like. @default all */
  readonly only?: readonly string[];
  /** The name of the file, for errors. @default 'bytes' */
  readonly file?: string;
  /** Who reads it, for errors. @default 'decodeMat5' */
  readonly owner?: string;
}

/**
 * Reads the arrays of a MAT-file of version 5, by name: compressed or not, of either order of bytes. Values come in MATLAB's order, first
 * axis fastest. Not read are versions 4 and 7.3, complex and sparse arrays, text, cells and structs.
 *
 * @throws GroundstateError `corrupt` where bytes are missing, left over, damaged or make no sense; `unsupported` for what is not read.
 * @example
 * const bytes = await encodeMat5({ y: { shape: [3, 1], data: Uint8Array.of(1, 10, 2) } });
 * const { y } = await decodeMat5(bytes); // { class: 'uint8', shape: [3, 1], data: Uint8Array.of(1, 10, 2) }
 */
export async function decodeMat5(bytes: Uint8Array, options: DecodeMat5Options = {}): Promise<Record<string, DecodedMat5Array>> {
  const { only, file = 'bytes', owner = 'decodeMat5' } = options;
  checkKeys(owner, options, ['only', 'file', 'owner']);
  const arrays: Record<string, DecodedMat5Array> = Object.create(null);
  await readMat5({
    owner,
    file,
    size: bytes.length,
    chunks: (async function* () {
      yield bytes;
    })(),
    wants: (name) => only === undefined || only.includes(name),
    receive: ({ name, class: kind, shape, size }) => {
      const data = valuesOf(kind, size);
      arrays[name] = { class: kind, shape, data };
      return (piece, offset) => data.set(piece as never, offset);
    },
  });
  return arrays;
}

function valuesOf(kind: Mat5Class, size: number): Mat5Values {
  return mat5Numbers.find((number) => number.class === kind)!.make(size);
}
