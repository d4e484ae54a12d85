/** Files that are whole or not there: written under another name, then renamed. */
import { mkdir, open, readFile, rename, rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { GroundstateError, show } from '@groundstate/core';

export async function writeJson(path: string, value: unknown): Promise<void> {
  // Before a file is touched: what has no JSON is a bug of ours, not of the disk.
  const text = JSON.stringify(value, null, 2);
  await writeWhole(path, `${text}\n`);
}

/** Makes the folders above it where they are missing. What stood there before stands until the new content is on the disk. */
export async function writeWhole(path: string, content: string | Uint8Array | readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'w');
    try {
      // One after the other: each goes on where the one before it ended.
      for (const part of Array.isArray(content) ? content : [content]) await file.writeFile(part as string | Uint8Array);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameOver(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw await unwritable('write', path, cause);
  }
}

/** `undefined` where there is no such file. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new GroundstateError('io', `read: expected \`${path}\` to be a readable file, got ${(cause as Error).message}.`, { cause });
  }
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    const got = text === '' ? 'an empty file' : (cause as Error).message;
    throw new GroundstateError('corrupt', `read: expected \`${path}\` to be JSON, got ${got}. ${ofDamaged}`, { cause });
  }
}

/** The same, where only an object makes sense; `sound` says whether it is the one that is looked for, `rule` in words. */
export async function readRecord<T>(path: string, rule: string, sound: (value: Partial<T>) => boolean): Promise<T | undefined> {
  const value = await readJson<unknown>(path);
  if (value === undefined) return undefined;
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && sound(value as Partial<T>)) return value as T;
  throw new GroundstateError('corrupt', `read: expected \`${path}\` to be ${rule}, got ${show(value)}. ${ofDamaged}`);
}

const ofDamaged = 'The file is damaged, or not ours: put back a copy, or start a new run.';

/** For whatever could not be written: which file, why, and how much room there is where that may be the reason. */
export async function unwritable(owner: string, path: string, cause: unknown): Promise<GroundstateError> {
  const { code, message } = cause as NodeJS.ErrnoException;
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  const room = full ? await freeSpace(dirname(path)) : '';
  const advice = full
    ? 'Make room, then go on: what was saved before stands.'
    : 'Check that the folder is there and may be written to: what was saved before stands.';
  return new GroundstateError('io', `${owner}: expected \`${path}\` to be writable, got ${message}${room}. ${advice}`, { cause });
}

async function freeSpace(directory: string): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return ` (${((bavail * bsize) / 2 ** 20).toFixed(1)} MiB free)`;
  } catch {
    return ' (how much is free cannot be found out)';
  }
}

/** Windows refuses to rename over a file for as long as somebody, a virus scanner perhaps, has it open. */
async function renameOver(from: string, to: string): Promise<void> {
  for (const pause of [20, 50, 100, 200, 400]) {
    try {
      return await rename(from, to);
    } catch (cause) {
      if (!['EPERM', 'EACCES', 'EBUSY'].includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause;
      await wait(pause);
    }
  }
  return rename(from, to);
}
