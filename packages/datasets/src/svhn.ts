/**
 * SVHN, street view house numbers: digits cut from photographs, 32 x 32, colour, with parts of their neighbours at the sides.
 *
 * Source: "Reading Digits in Natural Images with Unsupervised Feature Learning", Y. Netzer, T. Wang, A. Coates, A. Bissacco, B. Wu, A. Y. Ng,
 * NIPS Workshop on Deep Learning and Unsupervised Feature Learning 2011, http://ufldl.stanford.edu/housenumbers/.
 */
import { checkKeys, type Dataset, type DatasetCard, expected } from '@groundstate/core';
import { checkVerify, editionsOf, identifyEdition, noSuchFile, type Verify } from './editions';
import { checkSource, type FileSource } from './file-source';
import { openBytes, openFile } from './open-file';
import { type DatasetRecipe, svhnRecipe } from './recipes';
import { svhnDataset, svhnFileNames, svhnFilesOf } from './svhn-dataset';
import { readSvhnFile } from './svhn-file';

/** Options of `svhn`: where the files are, which of them, and what they may be. */
export interface SvhnOptions {
  /** Where `train_32x32.mat` and `test_32x32.mat` are. */
  readonly source: FileSource;
  /** Train on `extra_32x32.mat` too, as many papers do: 604,388 examples in place of 73,257. @default false */
  readonly extra?: boolean;
  /**
   * `published`: SHA-256 of every file, as published or of a known edition that the card names. `layout`: files of your own in this form,
   * and the card says that nobody has verified them. @default 'published'
   */
  readonly verify?: Verify;
}

/** What files in SVHN's form are called that are not the published ones: no figure measured on them is a figure of SVHN. */
const otherName = 'svhn-form-digits';

/**
 * SVHN from its MAT-files, format 2. All of them are read once and verified here, so that the card says from the start what they are: as
 * published, named `svhn`, 73,257 training and 26,032 test examples; or something else in that form, named `svhn-form-digits`. `load`
 * verifies again what it reads: `inputs` float32 `[n, 32, 32, 3]` in [0, 1] (byte / 255), `labels` int32 `[n]`, the digits themselves,
 * ids 0 .. size - 1 in each split.
 *
 * @throws GroundstateError for a missing, damaged, swapped or foreign file, or files of two editions, naming the file and what to do.
 * @example
 * const numbers = await svhn({ source: directorySource('data/svhn') });
 * const train = await numbers.load('train');
 */
export async function svhn(options: SvhnOptions): Promise<Dataset> {
  if (typeof options !== 'object' || options === null) throw expected('svhn', 'options', 'an object with a `source`', options);
  checkKeys('svhn', options, ['source', 'extra', 'verify']);
  const { source, extra = false, verify = 'published' } = options;
  checkSource('svhn', source);
  if (typeof extra !== 'boolean') throw expected('svhn', 'extra', 'true or false', extra);
  return openSvhn(svhnRecipe, { source, extra, verify: checkVerify('svhn', verify) });
}

/** For any recipe of SVHN's form and file names. */
export async function openSvhn(recipe: DatasetRecipe, { source, extra, verify }: Required<SvhnOptions>): Promise<Dataset> {
  const make = (facts: Pick<DatasetCard, 'name' | 'source' | 'checksums'>): Dataset => {
    const card: DatasetCard = { classes: 10, shape: [32, 32, 3], bounds: [0, 1], licence: recipe.licence, ...facts };
    return svhnDataset({ card, source, extra });
  };
  const owner = recipe.name;
  if (verify === 'layout') {
    const train = await countOf(owner, source, svhnFilesOf('train', extra));
    const test = await countOf(owner, source, svhnFilesOf('test', extra));
    const counts = `${inWords(train)} training and ${inWords(test)} test images`;
    const which = [...svhnFilesOf('train', extra), ...svhnFilesOf('test', extra)].join(', ');
    return make({
      name: otherName,
      source: `not verified: files in the form of SVHN (${which}: ${counts}), from ${source.description}`,
      checksums: {},
    });
  }
  const edition = await identifyEdition({
    owner,
    source,
    editions: editionsOf(recipe, extra),
    examine: async (bytes, name) => void (await readSvhnFile({ owner, name, file: openBytes(bytes) })),
  });
  if (extra && !edition.files.some(({ name }) => name === svhnFileNames.extra)) {
    throw expected(owner, 'extra', `false for these files, ${edition.title}, which have no ${svhnFileNames.extra}`, extra);
  }
  const checksums = Object.fromEntries(edition.files.map(({ name, sha256 }) => [name, sha256]));
  const published = edition.name === 'published';
  const what = `${published ? '' : 'not SVHN but '}${edition.title}`;
  return make({ name: published ? recipe.name : otherName, source: `${what}, verified by SHA-256, from ${source.description}`, checksums });
}

const inWords = (count: number): string => count.toLocaleString('en');

/** How many digits there are in these files, each of them well-formed. */
async function countOf(owner: string, source: FileSource, names: readonly string[]): Promise<number> {
  let count = 0;
  for (const name of names) {
    const file = await openFile(source, name);
    if (file === undefined) throw noSuchFile(owner, source, name);
    count += await readSvhnFile({ owner, name, file });
  }
  return count;
}
