/**
 * What there is of a file that is being fetched, beside its place: `<file>.part` where nobody is at work on it, and
 * `<file>.<host>.<process>.<number>.part` while somebody is, each with a note of where it comes from. A process takes a part by renaming
 * it, which only one can do; so two that fetch the same file never write into one part. Those of a process that died are taken over.
 */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GroundstateError } from '@groundstate/core';
import { placeFile } from '../place-file';
import { adopt, atWork, ownName, remove, sizeOf } from './adopt';

/** Where the bytes of a part come from. */
export interface Origin {
  readonly url: string;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

export interface Part {
  /** Bytes that are there. */
  readonly length: number;
  readonly origin: Origin | undefined;
  /** The first bytes, to see what it looks like. */
  readonly start: Uint8Array;
  append(bytes: Uint8Array): Promise<void>;
  /** From the first byte again. */
  restart(): Promise<void>;
  comesFrom(origin: Origin): Promise<void>;
  /** SHA-256 of what is there. */
  digest(): string;
  /** Gives it the name of the file. False where there is one already, which stays. */
  place(overwrite: boolean): Promise<boolean>;
  /** Leaves it for whoever fetches the file next. */
  leave(): Promise<void>;
}

type Note = Origin & { readonly sha256: string };

/** Takes over what there is of the file, or begins anew. `sha256` is that of the whole file: a part of another file is of no use. */
export async function openPart(directory: string, file: string, sha256: string): Promise<Part> {
  const own = ownName(directory, file);
  atWork.add(own);
  try {
    await mkdir(directory, { recursive: true });
    await adopt(directory, file, own);
    const note = await readNote(own);
    const kept = note?.sha256 === sha256;
    const handle = await open(own, kept ? 'r+' : 'w+');
    return await partOn(handle, { own, directory, file, sha256, origin: kept ? note : undefined });
  } catch (cause) {
    atWork.delete(own);
    throw diskError(cause, directory);
  }
}

async function partOn(
  handle: FileHandle,
  known: {
    readonly own: string;
    readonly directory: string;
    readonly file: string;
    readonly sha256: string;
    readonly origin: Note | undefined;
  },
): Promise<Part> {
  const { own, directory, file } = known;
  let origin: Origin | undefined = known.origin;
  let length = 0;
  let hash: Hash = createHash('sha256');
  const start = Buffer.alloc(64);
  const count = (bytes: Uint8Array): void => {
    if (length < start.length) start.set(bytes.subarray(0, start.length - length), length);
    hash.update(bytes);
    length += bytes.length;
  };
  for await (const chunk of handle.createReadStream({ start: 0, autoClose: false })) count(chunk as Buffer);

  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw diskError(cause, directory);
    }
  };
  const end = async (): Promise<void> => {
    await handle.close();
    atWork.delete(own);
  };
  return {
    get length() {
      return length;
    },
    get origin() {
      return origin;
    },
    get start() {
      return start.subarray(0, length);
    },
    append: (bytes) =>
      guarded(async () => {
        for (let written = 0; written < bytes.length; ) {
          const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, length + written);
          written += bytesWritten;
        }
        count(bytes);
      }),
    restart: () =>
      guarded(async () => {
        await handle.truncate(0);
        length = 0;
        hash = createHash('sha256');
        origin = undefined;
      }),
    comesFrom: (from) =>
      guarded(async () => {
        origin = from;
        const note: Note = { ...from, sha256: known.sha256 };
        await writeFile(`${own}.json`, JSON.stringify(note));
      }),
    digest: () => hash.copy().digest('hex'),
    place: (overwrite) =>
      guarded(async () => {
        await handle.sync().finally(end);
        try {
          return await placeFile(own, join(directory, file), overwrite);
        } finally {
          await remove(own);
        }
      }),
    leave: () =>
      guarded(async () => {
        await end();
        const shared = join(directory, `${file}.part`);
        if (length === 0 || (await sizeOf(shared)) > length) {
          await remove(own);
          return;
        }
        // The note first: a part without one is worth nothing.
        await rename(`${own}.json`, `${shared}.json`);
        await rename(own, shared);
      }),
  };
}

async function readNote(own: string): Promise<Note | undefined> {
  try {
    return JSON.parse(await readFile(`${own}.json`, 'utf8')) as Note;
  } catch {
    // None, or cut short by a kill: then the part is fetched again.
    return undefined;
  }
}

function diskError(cause: unknown, directory: string): GroundstateError {
  if (GroundstateError.is(cause)) return cause;
  const { code = String(cause), message } = cause as NodeJS.ErrnoException;
  const known: Readonly<Record<string, string>> = {
    ENOSPC: 'a disk that is full',
    EDQUOT: 'a quota that is used up',
    EACCES: 'one that may not be written',
    EPERM: 'one that may not be written',
    EROFS: 'one that may only be read',
    ENOTDIR: 'a file in its place',
    EEXIST: 'a file in its place',
  };
  return new GroundstateError(
    'io',
    `download: expected \`${directory}\` to be a folder with room for the file, got ${known[code] ?? message}. Make room there, or choose another folder.`,
    { cause },
  );
}
