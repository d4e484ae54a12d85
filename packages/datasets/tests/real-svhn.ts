import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileSource } from '../src/file-source';
import { findDataset } from '../src/node/find-dataset';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Files in SVHN's form, where this machine has them: tests on them are skipped aloud where it has not. */
export async function realSvhn(): Promise<FileSource | undefined> {
  const data = resolve(root, process.env.GROUNDSTATE_DATA ?? '../shared/data');
  const found = await findDataset('svhn', { data });
  if (found === undefined)
    console.warn(`SKIPPED: no SVHN in ${data}; the tests on the real files did not run. Set GROUNDSTATE_DATA to run them.`);
  return found?.source;
}
