import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileSource } from '../src/file-source';
import { findMnist } from '../src/node/find-mnist';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The original files, where this machine has them: tests on them are skipped aloud where it has not. */
export async function realMnist(): Promise<FileSource | undefined> {
  const directory = resolve(root, process.env.GROUNDSTATE_DATA ?? '../shared/data');
  const source = await findMnist(directory);
  if (source === undefined)
    console.warn(`SKIPPED: no MNIST in ${directory}; the tests on the real files did not run. Set GROUNDSTATE_DATA to run them.`);
  return source;
}
