/**
 * Takes the known files of a data set out of its tar.gz archive. Each is written beside its place and verified; they get their names when
 * all of them are whole, so a kill leaves whole files or none. Where a file goes is never read from the archive: other entries are passed
 * over, and what bears a known name and is no plain file of its size is refused.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { GroundstateError } from '@groundstate/core';
import type { Headers } from 'tar-stream';
import { fileError } from '../file-error';
import type { RecipeFile } from '../recipes';
import { atWork, clearParts, ownName } from './download/adopt';
import { anotherFile, placeFile } from './place-file';
import { sumOfFile } from './sum-of-file';

/** What `unpackArchive` takes out of what, and where it puts it. */
export interface UnpackRequest {
  /** The path of the archive. */
  readonly archive: string;
  /** The files to take out; all must be in it. */
  readonly contents: readonly RecipeFile[];
  /** The folder inside of the archive in which they are. */
  readonly inner: string;
  readonly directory: string;
  /** Replace other files of these names. @default false */
  readonly overwrite?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const owner = 'fetchDataset';

/** @throws GroundstateError `corrupt` where the archive is damaged, or a file in it is another than it should be; `aborted`. */
export async function unpackArchive({ archive, contents, inner, directory, overwrite = false, signal }: UnpackRequest): Promise<void> {
  const name = basename(archive);
  const temporary = new Map<string, string>();
  const { extract } = await import('tar-stream');
  await mkdir(directory, { recursive: true });
  try {
    const entries = extract();
    const feeding = pipeline([createReadStream(archive), createGunzip(), entries], signal === undefined ? {} : { signal });
    const taking = (async () => {
      for await (const entry of entries) {
        const wanted = contents.find((file) => isAt(entry.header.name, inner, file.name));
        if (wanted === undefined) {
          entry.resume();
          continue;
        }
        checkEntry(name, entry.header, wanted, temporary.has(wanted.name));
        const path = ownName(directory, wanted.name);
        atWork.add(path);
        temporary.set(wanted.name, path);
        await writeVerified(entry, path, wanted, name);
      }
    })();
    await both(feeding, taking);
    const missing = contents.find((file) => !temporary.has(file.name));
    if (missing !== undefined) throw inArchive(name, `an archive with ${inner}/${missing.name} in it`, 'one without');
    for (const file of contents) {
      const path = join(directory, file.name);
      if (!(await placeFile(temporary.get(file.name)!, path, overwrite)) && (await sumOfFile(path)).sha256 !== file.sha256) {
        throw anotherFile(owner, path);
      }
      await clearParts(directory, file.name);
    }
  } catch (cause) {
    throw unpackError(cause, name, directory, signal);
  } finally {
    for (const path of temporary.values()) {
      await rm(path, { force: true });
      atWork.delete(path);
    }
  }
}

/** Where both fail, one of them only because of the other: what this module says goes first, then what gzip says. */
async function both(feeding: Promise<void>, taking: Promise<void>): Promise<void> {
  const [fed, taken] = await Promise.allSettled([feeding, taking]);
  if (taken.status === 'rejected' && (GroundstateError.is(taken.reason) || fed.status === 'fulfilled')) throw taken.reason;
  if (fed.status === 'rejected') throw fed.reason;
}

const isAt = (entry: string, inner: string, file: string): boolean => [`${inner}/${file}`, `./${inner}/${file}`].includes(entry);

/** Before a byte of it is written. */
function checkEntry(archive: string, { name, type, size, linkname }: Headers, wanted: RecipeFile, again: boolean): void {
  if (again) throw inArchive(archive, `an archive with ${name} in it once`, 'it twice');
  if (type !== 'file' && type !== 'contiguous-file') {
    throw inArchive(archive, `an archive in which ${name} is a plain file`, `a ${type}${linkname ? ` to ${linkname}` : ''}`);
  }
  if (size !== wanted.size) throw inArchive(archive, `an archive in which ${name} has ${wanted.size} bytes`, `${size}`);
}

async function writeVerified(entry: Readable, path: string, wanted: RecipeFile, archive: string): Promise<void> {
  const hash = createHash('sha256');
  const handle = await open(path, 'wx');
  try {
    for await (const chunk of entry as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  const sum = hash.digest('hex');
  if (sum !== wanted.sha256) {
    throw inArchive(archive, `an archive in which ${wanted.name} has the SHA-256 ${wanted.sha256}`, sum);
  }
}

const inArchive = (archive: string, rule: string, got: string): GroundstateError =>
  fileError('corrupt', owner, archive, { rule, got, advice: 'Nothing was unpacked. Remove it and fetch it again.' });

function unpackError(cause: unknown, archive: string, directory: string, signal: AbortSignal | undefined): GroundstateError {
  if (GroundstateError.is(cause)) return cause;
  if (signal?.aborted) {
    return new GroundstateError('aborted', `${owner}: stopped while ${archive} was unpacked. The same command unpacks it again.`, {
      cause,
    });
  }
  const { code = '', message, syscall } = cause as NodeJS.ErrnoException;
  // What the disk says comes from a system call; all else is what gzip or tar say of the bytes.
  if (syscall !== undefined) {
    return fileError('io', owner, directory, {
      rule: `a folder with room for the files of ${archive}`,
      got: code === 'ENOSPC' || code === 'EDQUOT' ? 'one without room' : message,
      advice: 'Make room there, or choose another folder.',
      cause,
    });
  }
  return fileError('corrupt', owner, archive, {
    rule: 'a whole tar.gz archive',
    got: `one that is cut short or damaged (${message})`,
    advice: 'Nothing was unpacked. Remove it and fetch it again.',
    cause,
  });
}
