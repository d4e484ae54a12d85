/** Whether the real MNIST is at hand, and whether it is what it says it is. */
import { GroundstateError } from '@groundstate/core';
import { dataDirectories, findDataset, verifyDataset } from '@groundstate/datasets/node';
import { quoted } from '../console/quoted';
import type { Check } from './diagnosis';

const name = 'mnist';

export async function checkData(data: string | undefined, env: Readonly<Record<string, string | undefined>> = process.env): Promise<Check> {
  const fetchIt = `groundstate datasets fetch mnist${data === undefined ? '' : ` --data ${quoted(data)}`}`;
  try {
    const found = await findDataset(name, { data, env });
    if (!found) {
      const places = dataDirectories({ data, env }).map(({ path }) => path);
      const nowhere = `no MNIST in ${places.join(' or ')}`;
      // Nobody who named a folder is content with digits that we draw; the commands refuse it too.
      if (data !== undefined || env.GROUNDSTATE_DATA) return { check: 'data', state: 'wrong', found: nowhere, advice: fetchIt };
      return { check: 'data', state: 'note', found: `${nowhere}: runs take synthetic digits`, advice: fetchIt };
    }
    const { whole, files } = await verifyDataset(name, found.directory);
    if (whole) return { check: 'data', state: 'fine', found: `MNIST in ${found.directory}, verified` };
    const faulty = files.filter(({ state }) => state !== 'original' && state !== 'same-content');
    const faults = faulty.map(({ file, explanation }) => `${file}: ${explanation}`);
    return {
      check: 'data',
      state: 'wrong',
      found: `MNIST in ${found.directory} is not whole: ${faults.join('; ')}`,
      advice: faulty[0]!.advice,
    };
  } catch (cause) {
    if (!GroundstateError.is(cause)) throw cause;
    return { check: 'data', state: 'wrong', found: cause.message, advice: fetchIt };
  }
}
