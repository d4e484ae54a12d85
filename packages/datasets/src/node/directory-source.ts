import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expected, GroundstateError } from '@groundstate/core';
import type { FileSource } from '../file-source';

/**
 * The files of one folder.
 *
 * @throws GroundstateError on `read`: `not-found` where the folder itself is missing, `invalid-data` where a file is there but cannot be read.
 *   A missing file is `undefined`.
 * @example
 * const digits = mnist({ source: directorySource('data/mnist') });
 */
export function directorySource(path: string): FileSource {
  if (typeof path !== 'string' || path.length === 0) throw expected('directorySource', 'path', 'the path of a folder', path);
  return {
    description: `the folder ${path}`,
    read: async (name) => {
      // A name, not a path: a source never reaches outside its folder.
      if (!/^[\w][\w.-]*$/.test(name)) throw expected('directorySource', 'name', 'the plain name of a file', name);
      const file = join(path, name);
      try {
        return await readFile(file);
      } catch (cause) {
        const code = codeOf(cause);
        if (code !== 'ENOENT' && code !== 'ENOTDIR') {
          throw new GroundstateError(
            'invalid-data',
            `directorySource: expected \`${file}\` to be a readable file, got ${code === 'EISDIR' ? 'a folder' : `the error ${code}`}. Check what it is and who may read it.`,
            { cause },
          );
        }
        await checkFolder(path, cause);
        return undefined;
      }
    },
  };
}

/** Tells a missing file from a missing folder, which is a mistake in the path. */
async function checkFolder(path: string, cause: unknown): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  const got = found === undefined ? 'nothing there' : 'a file';
  throw new GroundstateError('not-found', `directorySource: expected \`path\` to be a folder, got ${got} at ${path}. Check the path.`, {
    cause,
  });
}

function codeOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : String(cause);
}
