/** Data sets by name on the command line: `mnist`, `fashion-mnist`, `synthetic-digits`, and `folder:PATH` for images of one's own. */
import { type Dataset, expected, GroundstateError } from '@groundstate/core';
import { fashionMnist, mnist, syntheticDigits } from '@groundstate/datasets';
import { findDataset, imageFolder } from '@groundstate/datasets/node';
import { didYouMean } from '../config/nearest';
import { quoted } from '../console/quoted';
import { findDigits } from '../data';

export interface DatasetPlace {
  /** The command, for errors. */
  readonly owner: string;
  /** The folder of the data; null where none was named: then the cache is looked into too. */
  readonly data: string | null;
}

type Open = (place: DatasetPlace) => Promise<Dataset>;

const entries: ReadonlyMap<string, Open> = new Map<string, Open>([
  ['mnist', (place) => (place.data === null ? cached('mnist', mnist, place) : findDigits(place.data))],
  ['fashion-mnist', (place) => cached('fashion-mnist', fashionMnist, place)],
  ['synthetic-digits', async () => syntheticDigits()],
]);

/** The names that `--dataset` knows. */
export const datasetNames: readonly string[] = [...entries.keys(), 'folder:PATH'];

/** The digits that are there: MNIST where a folder was named, else our own. */
export const usualDataset = (data: string | null): string => (data === null ? 'synthetic-digits' : 'mnist');

/** @throws GroundstateError with the nearest name, or what is missing where. */
export async function datasetNamed(name: string, place: DatasetPlace): Promise<Dataset> {
  if (name.startsWith('folder:')) {
    const path = name.slice('folder:'.length);
    if (path === '') throw expected(place.owner, '--dataset', 'folder: and the path of a folder of images', name);
    return imageFolder(path);
  }
  const open = entries.get(name);
  if (!open) throw expected('--dataset', 'name', `one of ${datasetNames.join(', ')}`, name, didYouMean(name, datasetNames));
  return open(place);
}

async function cached(name: string, make: typeof mnist | typeof fashionMnist, { owner, data }: DatasetPlace): Promise<Dataset> {
  const found = await findDataset(name, data === null ? {} : { data });
  if (found) return make({ source: found.source });
  const fetch = `Fetch it with \`groundstate datasets fetch ${name}${data === null ? '' : ` --data ${quoted(data)}`}\``;
  if (data === null) {
    throw expected(owner, '--data', `the folder that holds ${name}/`, null, `${fetch}, or take --dataset synthetic-digits.`);
  }
  throw new GroundstateError(
    'not-found',
    `--data: expected \`${data}\` to be a folder with the files of ${name} in it or in its folder ${name}, got none. ${fetch}.`,
  );
}
