import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FoundDataset, findDataset } from '../src/node/find-dataset';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Files of CIFAR-10, where this machine has them: tests on them are skipped aloud where it has not. */
export async function realCifar(): Promise<FoundDataset | undefined> {
  const data = resolve(root, process.env.GROUNDSTATE_DATA ?? '../shared/data');
  const found = await findDataset('cifar-10', { data });
  if (found === undefined)
    console.warn(`SKIPPED: no CIFAR-10 in ${data}; the tests on real files did not run. Set GROUNDSTATE_DATA to run them.`);
  return found;
}
