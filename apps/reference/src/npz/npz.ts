/** Several arrays in one file, by name: what numpy.savez writes and numpy.load reads. */
import { readFile } from 'node:fs/promises';
import { GroundstateError } from '@groundstate/core';
import { writeWhole } from '../json-file';
import { decodeNpy, encodeNpy, type NpyArray } from './npy';
import { decodeZip, encodeZip } from './zip';

export type Arrays = { readonly [name: string]: NpyArray };

/** Whole or not at all; what stood there before stands until then. */
export async function writeNpz(path: string, arrays: Arrays): Promise<void> {
  await writeWhole(path, encodeZip(Object.entries(arrays).map(([name, array]) => ({ name: `${name}.npy`, parts: encodeNpy(array) }))));
}

/** `undefined` where there is no such file. */
export async function readNpz(path: string): Promise<Arrays | undefined> {
  let archive: Buffer;
  try {
    archive = await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new GroundstateError('io', `read: expected \`${path}\` to be a readable file, got ${(cause as Error).message}.`, { cause });
  }
  const files = [...decodeZip(archive, path)].filter(([name]) => name.endsWith('.npy'));
  return Object.fromEntries(files.map(([name, file]) => [name.slice(0, -4), decodeNpy(file, `${name} of ${path}`)]));
}
