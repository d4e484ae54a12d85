/** Data sets by name on the command line: `mnist`, `cifar10`, `synthetic-digits`, and `folder:PATH` for images of one's own. */
import { type Dataset, expected, GroundstateError } from '@groundstate/core';
import { recipeNamed } from '@groundstate/datasets';
import { findDataset, imageFolder } from '@groundstate/datasets/node';
import { didYouMean } from '../config/nearest';
import { quoted } from '../console/quoted';
import { drawnData, findDigits, realData } from '../data';

export interface DatasetPlace {
  /** The command, for errors. */
  readonly owner: string;
  /** The folder of the data; null where none was named: then the cache is looked into too. */
  readonly data: string | null;
}

/** The names that `--dataset` knows. */
export const datasetNames: readonly string[] = [...realData.keys(), ...Object.keys(drawnData), 'folder:PATH'];

/** The digits that are there: MNIST where a folder was named, else our own. */
export const usualDataset = (data: string | null): string => (data === null ? 'synthetic-digits' : 'mnist');

/** Whether our own code draws it: such a data set comes from no folder. */
export const isDrawn = (name: string): name is keyof typeof drawnData => Object.hasOwn(drawnData, name);

/** @throws GroundstateError with the nearest name, or what is missing where. */
export async function datasetNamed(wanted: string, place: DatasetPlace): Promise<Dataset> {
  if (wanted.startsWith('folder:')) {
    const path = wanted.slice('folder:'.length);
    if (path === '') throw expected(place.owner, '--dataset', 'folder: and the path of a folder of images', wanted);
    return imageFolder(path);
  }
  const name = recipeNamed(wanted)?.name ?? wanted;
  if (isDrawn(name)) return drawnData[name]();
  if (!realData.has(name)) {
    throw expected('--dataset', 'name', `one of ${datasetNames.join(', ')}`, wanted, didYouMean(wanted, datasetNames));
  }
  if (name === 'mnist' && place.data !== null) return findDigits(place.data);
  return cached(name, place);
}

async function cached(name: string, { owner, data }: DatasetPlace): Promise<Dataset> {
  const found = await findDataset(name, data === null ? {} : { data });
  if (found) return realData.get(name)!(found.source);
  const fetch = `Fetch it with \`groundstate datasets fetch ${name}${data === null ? '' : ` --data ${quoted(data)}`}\``;
  if (data === null) {
    throw expected(owner, '--data', `the folder that holds ${name}/`, null, `${fetch}, or take --dataset synthetic-digits.`);
  }
  throw new GroundstateError(
    'not-found',
    `--data: expected \`${data}\` to be a folder with the files of ${name} in it or in its folder ${name}, got none. ${fetch}.`,
  );
}
