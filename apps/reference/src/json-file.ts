/** JSON files that are whole or not there: written under another name, then renamed. */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GroundstateError } from '@groundstate/core';

export async function writeJson(path: string, value: unknown): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(`${JSON.stringify(value, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new GroundstateError('io', `could not write ${path}: ${(cause as Error).message}. Check the folder, and the space on its disk.`, {
      cause,
    });
  }
}

/** `undefined` where there is no such file. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new GroundstateError('io', `could not read ${path}: ${(cause as Error).message}.`, { cause });
  }
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new GroundstateError('corrupt', `expected ${path} to hold JSON: ${(cause as Error).message}. Remove it, or start a new run.`, {
      cause,
    });
  }
}
