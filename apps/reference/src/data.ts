/** Finds the data of a pipeline: the real one in a folder where there is one, else what our own code draws. What it is, is said aloud. */
import { type Dataset, GroundstateError } from '@groundstate/core';
import {
  cifar10,
  type FileSource,
  fashionMnist,
  mnist,
  recipes,
  svhn,
  syntheticDigits,
  syntheticShapes,
  syntheticStreetDigits,
} from '@groundstate/datasets';
import { findDataset } from '@groundstate/datasets/node';
import type { Pipeline } from './pipelines/pipeline';
import { pipelines } from './pipelines/registry';

const usual = 10_000;
const most = 60_000;

/** By the name of its recipe: from its own files, which are verified. */
export const realData: ReadonlyMap<string, (source: FileSource) => Dataset | Promise<Dataset>> = new Map<
  string,
  (source: FileSource) => Dataset | Promise<Dataset>
>([
  ['mnist', (source) => mnist({ source })],
  ['fashion-mnist', (source) => fashionMnist({ source })],
  ['cifar-10', (source) => cifar10({ source })],
  ['svhn', (source) => svhn({ source })],
]);

/** By name: drawn by our own code, the same ones always. */
export const drawnData: { readonly [name in Pipeline['standIn']]: (sizes?: { readonly train: number }) => Dataset } = {
  'synthetic-digits': syntheticDigits,
  'synthetic-shapes': syntheticShapes,
  'synthetic-street-digits': syntheticStreetDigits,
};

/**
 * `directory` is what the user named (`--data`, or the variable GROUNDSTATE_DATA): a folder with `mnist/` or the like inside.
 * A named folder without the data is an error; no folder at all means data that our own code draws, the same always: a data set
 * does not change with the seed of a training, or runs could not be compared. `train` is how many training examples a run
 * wants: of drawn ones, more than the usual number are made for it, up to as many as MNIST has.
 */
export async function findData(pipeline: Pipeline, directory: string | undefined, train: number = usual): Promise<Dataset> {
  const { title, dataset, standIn } = pipeline;
  if (directory === undefined) return drawnData[standIn]({ train: Math.max(usual, Math.min(train, most)) });
  const found = await findDataset(dataset, { data: directory });
  if (found) return realData.get(dataset)!(found.source);
  const { contents, files } = recipes[dataset]!;
  const needed = (contents ?? files).filter(({ optional }) => !optional).map(({ name }) => name);
  throw new GroundstateError(
    'not-found',
    `--data: expected \`${directory}\` to be a folder with the ${title} files in it or in its folder ${dataset}, got none. ` +
      `Put ${needed.slice(0, -1).join(', ')} and ${needed.at(-1)} there, ` +
      `or leave --data out to use ${standIn.replaceAll('-', ' ')}.`,
  );
}

/** MNIST, or the digits that stand in for it. */
export function findDigits(directory: string | undefined, train?: number): Promise<Dataset> {
  return findData(pipelines.mnist, directory, train);
}
