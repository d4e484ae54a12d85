/**
 * CIFAR-10: 60,000 photographs of ten kinds of things, 32 x 32, colour.
 *
 * Source: "Learning Multiple Layers of Features from Tiny Images", A. Krizhevsky, 2009, https://www.cs.toronto.edu/~kriz/cifar.html.
 */
import { checkKeys, type Dataset, type DatasetCard, expected } from '@groundstate/core';
import { type CifarFiles, cifarDataset, cifarFileNames, noneOf } from './cifar-dataset';
import { checkVerify, editionsOf, identifyEdition, type Verify } from './editions';
import { checkSource, type FileSource } from './file-source';
import { cifarRecordLength, decodeCifar } from './formats/cifar-binary';
import { cifar10Recipe, type DatasetRecipe, type Edition } from './recipes';

/** Options of `cifar10`: where the files are, and what they may be. */
export interface Cifar10Options {
  /** Where `data_batch_1.bin` and the others are, unpacked. */
  readonly source: FileSource;
  /**
   * `published`: SHA-256 of every file, as published or of a known edition that the card names. `layout`: files of your own in this form;
   * those of the five training batches that are there, and the card says that nobody has verified them. @default 'published'
   */
  readonly verify?: Verify;
}

/** Labels in words, by number. */
export const cifar10ClassNames: readonly string[] = [
  ...['airplane', 'automobile', 'bird', 'cat', 'deer'],
  ...['dog', 'frog', 'horse', 'ship', 'truck'],
];

/**
 * CIFAR-10 from the files of its binary version. All of them are read once and verified here, so that the card says from the start what
 * they are: as published, 50,000 training and 10,000 test examples; or a known edition, with its own numbers. `load` verifies again what it
 * reads: `inputs` float32 `[n, 32, 32, 3]` in [0, 1] (byte / 255), `labels` int32 `[n]`, ids 0 .. size - 1 in each split.
 *
 * @throws GroundstateError for a missing, damaged, swapped or foreign file, or files of two editions, naming the file and what to do.
 * @example
 * const photographs = await cifar10({ source: directorySource('data/cifar-10') });
 * const train = await photographs.load('train');
 */
export async function cifar10(options: Cifar10Options): Promise<Dataset> {
  if (typeof options !== 'object' || options === null) throw expected('cifar10', 'options', 'an object with a `source`', options);
  checkKeys('cifar10', options, ['source', 'verify']);
  checkSource('cifar10', options.source);
  return openCifar(cifar10Recipe, options.source, checkVerify('cifar10', options.verify ?? 'published'));
}

/** For any recipe of CIFAR-10's form and file names. */
export async function openCifar(recipe: DatasetRecipe, source: FileSource, verify: Verify): Promise<Dataset> {
  const make = (facts: Pick<DatasetCard, 'source' | 'checksums'>, files: CifarFiles): Dataset => {
    const card: DatasetCard = {
      name: recipe.name,
      classes: cifar10ClassNames.length,
      shape: [32, 32, 3],
      bounds: [0, 1],
      licence: recipe.licence,
      ...facts,
    };
    return cifarDataset({ card, source, files });
  };
  if (verify === 'layout') {
    const { files, counts } = await inLayout(recipe.name, source);
    const which = `${[...files.train, ...files.test].join(', ')}: ${inWords(counts)}`;
    return make({ source: `not verified: files in the form of CIFAR-10 (${which}), from ${source.description}`, checksums: {} }, files);
  }
  const edition = await identifyEdition({
    owner: recipe.name,
    source,
    editions: editionsOf(recipe),
    examine: (bytes, file) => void decodeCifar(bytes, { file, owner: recipe.name }),
  });
  const names = edition.files.map(({ name }) => name);
  const files = { train: names.filter((name) => !cifarFileNames.test.includes(name)), test: cifarFileNames.test };
  const checksums = Object.fromEntries(edition.files.map(({ name, sha256 }) => [name, sha256]));
  return make({ source: `${sourceOf(edition, files)}, verified by SHA-256, from ${source.description}`, checksums }, files);
}

function sourceOf({ name, title, files }: Edition, { train, test }: CifarFiles): string {
  const countOf = (names: readonly string[]): number =>
    files.filter((file) => names.includes(file.name)).reduce((total, { size }) => total + size / cifarRecordLength, 0);
  const counts = inWords({ train: countOf(train), test: countOf(test) });
  return name === 'published' ? `the ${files.length} files of ${title}, ${counts}` : `not the published set but ${title}: ${counts}`;
}

const inWords = ({ train, test }: { readonly train: number; readonly test: number }): string =>
  `${train.toLocaleString('en')} training and ${test.toLocaleString('en')} test images`;

/** The files that are there, each of them well-formed, and how many images are in them. */
async function inLayout(
  owner: string,
  source: FileSource,
): Promise<{ readonly files: CifarFiles; readonly counts: { readonly train: number; readonly test: number } }> {
  const files = { train: [] as string[], test: cifarFileNames.test };
  const counts = { train: 0, test: 0 };
  for (const split of ['train', 'test'] as const) {
    for (const file of cifarFileNames[split]) {
      const bytes = await source.read(file);
      if (bytes === undefined) continue;
      counts[split] += decodeCifar(bytes, { file, owner }).labels.length;
      if (split === 'train') files.train.push(file);
    }
    if (counts[split] === 0) throw noneOf(owner, source, cifarFileNames[split]);
  }
  return { files, counts };
}
