/** Finds the data: MNIST in a folder where there is one, digits drawn by our own code where not. What it is, is said aloud. */
import { type Dataset, GroundstateError } from '@groundstate/core';
import { mnist, syntheticDigits } from '@groundstate/datasets';
import { findMnist } from '@groundstate/datasets/node';

const USUAL = 10_000;
const MOST = 60_000;

/**
 * `directory` is what the user named (`--data`, or the variable GROUNDSTATE_DATA): a folder with `mnist/` inside.
 * A named folder without MNIST is an error; no folder at all means synthetic digits, the same ones
 * always: a data set does not change with the seed of a training, or runs could not be compared. `train` is how many training
 * examples a run wants: of synthetic digits, more than the usual number are drawn for it, up to as many as MNIST has.
 */
export async function findDigits(directory: string | undefined, train: number = USUAL): Promise<Dataset> {
  if (directory === undefined) return syntheticDigits({ train: Math.max(USUAL, Math.min(train, MOST)) });
  const source = await findMnist(directory);
  if (source) return mnist({ source });
  throw new GroundstateError(
    'not-found',
    `--data: expected \`${directory}\` to be a folder with the MNIST files in it or in its folder mnist, got none. ` +
      'Put train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz there, ' +
      'or leave --data out to use synthetic digits.',
  );
}
