/** Which parts of a file lie in a folder, whose they are, and which of them may be taken over. */
import { randomUUID } from 'node:crypto';
import { copyFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Parts that this very process is at work on. */
export const atWork: Set<string> = new Set();
const host = hostname().replace(/[^\w-]/g, '-');

/** For a part that this process works on. */
export function ownName(directory: string, file: string): string {
  return join(directory, `${file}.${host}.${process.pid}.${randomUUID().slice(0, 8)}.part`);
}

/** The part that nobody is at work on, else the longest that a dead process left behind; shorter ones go. */
export async function adopt(directory: string, file: string, own: string): Promise<void> {
  const shared = join(directory, `${file}.part`);
  try {
    await rename(shared, own);
    await rename(`${shared}.json`, `${own}.json`).catch(() => undefined);
    return;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
  }
  const dead = await deadParts(directory, file);
  const sizes = await Promise.all(dead.map(sizeOf));
  const best = dead[sizes.indexOf(Math.max(...sizes))];
  if (best === undefined) return;
  // A copy: should that process live after all, in a container of the same name, the two still do not write into one file.
  try {
    await copyFile(best, own);
  } catch (cause) {
    // Another one was quicker; this one begins anew.
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw cause;
  }
  await copyFile(`${best}.json`, `${own}.json`).catch(() => undefined);
  for (const path of dead) await remove(path);
}

/** Removes the parts that nobody is at work on: of a file that is there they are of no use. */
export async function clearParts(directory: string, file: string): Promise<void> {
  for (const path of [join(directory, `${file}.part`), ...(await deadParts(directory, file))]) await remove(path);
}

/** Those that processes of this machine have left that are gone. */
async function deadParts(directory: string, file: string): Promise<string[]> {
  const prefix = `${file}.${host}.`;
  const names = (await readdir(directory)).filter((name) => name.startsWith(prefix) && name.endsWith('.part'));
  return names.flatMap((name) => {
    const path = join(directory, name);
    return isAlive(Number(name.slice(prefix.length).split('.')[0]), path) ? [] : [path];
  });
}

function isAlive(pid: number, path: string): boolean {
  if (pid === process.pid) return atWork.has(path);
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** -1 where there is no such file. */
export const sizeOf = async (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => -1,
  );

/** A part and its note. */
export async function remove(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(`${path}.json`, { force: true });
}
