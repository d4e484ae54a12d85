import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expected, GroundstateError } from '@groundstate/core';
import type { FileSource } from '../file-source';

/** Bytes read at once where a file is read in pieces. */
const pieceLength = 1 << 18;

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
  const pathOf = (name: string): string => {
    // A name, not a path: a source never reaches outside its folder.
    if (!/^[\w][\w.-]*$/.test(name)) throw expected('directorySource', 'name', 'the plain name of a file', name);
    return join(path, name);
  };
  return {
    description: `the folder ${path}`,
    read: async (name) => {
      const file = pathOf(name);
      return readFile(file).catch((cause: unknown) => missing(path, file, cause));
    },
    open: async (name) => {
      const file = pathOf(name);
      const found = await stat(file).catch((cause: unknown) => missing(path, file, cause));
      if (found === undefined) return undefined;
      const hash = createHash('sha256');
      return { size: found.size, chunks: piecesOf(file, hash), sha256: async () => hash.digest('hex') };
    },
  };
}

/** Hashes as it reads: a file of gigabytes is read once for both. */
async function* piecesOf(file: string, hash: Hash): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of createReadStream(file, { highWaterMark: pieceLength })) {
      hash.update(piece);
      yield piece;
    }
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** Nothing where only the file is missing; other troubles are thrown. */
async function missing(path: string, file: string, cause: unknown): Promise<undefined> {
  const code = codeOf(cause);
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw unreadable(file, cause);
  await checkFolder(path, cause);
  return undefined;
}

function unreadable(file: string, cause: unknown): GroundstateError {
  const code = codeOf(cause);
  return new GroundstateError(
    'invalid-data',
    `directorySource: expected \`${file}\` to be a readable file, got ${code === 'EISDIR' ? 'a folder' : `the error ${code}`}. Check what it is and who may read it.`,
    { cause },
  );
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
