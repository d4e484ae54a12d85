import { link, rename, rm, stat } from 'node:fs/promises';
import { GroundstateError } from '@groundstate/core';

/**
 * Gives a finished file its name, so that readers see the whole file or none. Without `overwrite` a file that has the name
 * already stays as it is, and the answer is false: a hard link is a rename that refuses to replace.
 */
export async function placeFile(temporary: string, path: string, overwrite: boolean): Promise<boolean> {
  if (overwrite) {
    await rename(temporary, path);
    return true;
  }
  try {
    await link(temporary, path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    // Some file systems have no hard links.
    if (await exists(path)) return false;
    await rename(temporary, path);
    return true;
  }
  await rm(temporary, { force: true });
  return true;
}

export const exists = async (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The error where a file of that name is something else. */
export function anotherFile(owner: string, path: string): GroundstateError {
  return new GroundstateError(
    'invalid-argument',
    `${owner}: expected \`${path}\` to be free or to hold the file, got another file, which stays as it is. Move it away, or ask for it to be overwritten (option overwrite, or --force).`,
  );
}
