/** Whether there is room: in memory, where runs go, and where data is kept. */
import { access, constants, statfs } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { Check } from './diagnosis';

const gib = 2 ** 30;
/** Less than this is worth a word: far more than the small pipelines need, and about what the larger ones do. */
const little = gib;

const size = (bytes: number): string => (bytes < gib ? `${Math.floor(bytes / 2 ** 20)} MiB` : `${(bytes / gib).toFixed(1)} GiB`);

/** A container may have less than its machine. Not in every Node 20: then what the machine has counts. */
const freeMemory = (): number => process.availableMemory?.() ?? freemem();
const allMemory = (): number => {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
};

export function checkMemory(free: number = freeMemory(), total: number = allMemory()): Check {
  const found = `${size(free)} of ${size(total)} memory free`;
  if (free >= little) return { check: 'memory', state: 'fine', found };
  return { check: 'memory', state: 'note', found, advice: 'Close something, or take smaller batches, before a long run.' };
}

/** `what` the folder is for. It need not be there yet: then the folder counts that it would be made in. */
export async function checkDisk(what: string, path: string, freeAt: (folder: string) => Promise<number> = freeBytes): Promise<Check> {
  let folder = resolve(path);
  for (;;) {
    try {
      await access(folder, constants.F_OK);
      break;
    } catch (cause) {
      // Anything but a missing folder is said below.
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(folder) === folder) break;
      folder = dirname(folder);
    }
  }
  try {
    await access(folder, constants.W_OK);
    const free = await freeAt(folder);
    const found = `${size(free)} free for ${what}, in ${path}`;
    if (free >= little) return { check: 'disk', state: 'fine', found };
    return { check: 'disk', state: free < little / 10 ? 'wrong' : 'note', found, advice: 'Make room, or choose another folder.' };
  } catch (cause) {
    const found = `no room for ${what}, in ${path}: ${(cause as Error).message}`;
    return { check: 'disk', state: 'wrong', found, advice: 'Choose a folder that may be written to.' };
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
