import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GroundstateError } from '@groundstate/core';
import type { FileSource } from '../file-source';
import { idxFileNames } from '../idx-file-names';
import { directorySource } from './directory-source';

/**
 * Looks for MNIST's files in `<dataDirectory>/mnist`, then in `<dataDirectory>` itself; undefined where there is no such file in either.
 * One of the four is enough to settle on a folder: `mnist().load` then says aloud which one is missing.
 *
 * @throws GroundstateError `invalid-data` where a folder is there but may not be read.
 * @example
 * const source = await findMnist('data');
 * const digits = source === undefined ? syntheticDigits() : mnist({ source });
 */
export async function findMnist(dataDirectory: string): Promise<FileSource | undefined> {
  const names = Object.values(idxFileNames).flatMap(({ images, labels }) => [images, labels]);
  const wanted = new Set(names.flatMap((name) => [name, `${name}.gz`]));
  for (const path of [join(dataDirectory, 'mnist'), dataDirectory]) {
    const files = await list(path);
    if (files.some((file) => wanted.has(file))) return directorySource(path);
  }
  return undefined;
}

async function list(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (cause) {
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : cause;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new GroundstateError(
      'invalid-data',
      `findMnist: expected \`${path}\` to be a readable folder, got the error ${code}. Check who may read it.`,
      {
        cause,
      },
    );
  }
}
