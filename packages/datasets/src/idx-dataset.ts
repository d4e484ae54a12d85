/**
 * A data set in MNIST's four files: images and labels of a training and a test split, as IDX of unsigned bytes, packed with gzip or not.
 * Fashion-MNIST, KMNIST and our synthetic digits come in the same form.
 */
import { checkKeys, checkOneOf, type Dataset, type DatasetCard, type Examples, expected } from '@groundstate/core';
import { byteExamples } from './byte-examples';
import { fileError } from './file-error';
import { checkSource, type FileSource } from './file-source';
import { decodeIdx } from './formats/idx';
import { idxFileNames } from './idx-file-names';
import { readOriginal } from './read-original';

/** Options of `idxDataset`: its card, where the files are, and what they must be. */
export interface IdxDatasetOptions {
  /** Its shape is `[height, width, 1]`. Its checksums, where there are any, are those of the packed files, by name. */
  readonly card: DatasetCard;
  readonly source: FileSource;
  /** SHA-256 of the unpacked files, by name without `.gz`. @default {} */
  readonly unpacked?: Readonly<Record<string, string>>;
  /** How many examples each split must have. @default any number */
  readonly sizes?: { readonly train: number; readonly test: number };
}

type Split = 'train' | 'test';

/**
 * Reads such a data set and checks it: the files against the card's checksums (where it has any), images against labels,
 * labels against the classes.
 *
 * @throws GroundstateError on `load`: `not-found`, `corrupt` or `invalid-data`, naming the file and what to do.
 * @example
 * const fashion = idxDataset({ card: fashionCard, source: directorySource('data/fashion-mnist') });
 * const examples = await fashion.load('train');
 */
export function idxDataset(options: IdxDatasetOptions): Dataset {
  checkKeys('idxDataset', options, ['card', 'source', 'unpacked', 'sizes']);
  const { card, source, unpacked = {}, sizes } = options;
  const owner = card.name;
  checkSource(owner, source);
  const [height = 0, width = 0, channels = 0] = card.shape;
  if (card.shape.length !== 3 || channels !== 1) throw expected(owner, 'card.shape', '[height, width, 1]', card.shape);
  // Room for a foreign file of the same kind, so that its refusal can say what it is; not for a hostile one.
  const limit = sizes === undefined ? undefined : 4 * (16 + Math.max(sizes.train, sizes.test) * height * width);

  const readIdx = async (name: string): Promise<{ shape: number[]; data: Uint8Array }> => {
    const { bytes, file } = await readOriginal({ owner, source, name, packed: card.checksums, unpacked, limit });
    return decodeIdx(bytes, file, owner);
  };

  return {
    card,
    load: async (split): Promise<Examples> => {
      const names = idxFileNames[checkOneOf(owner, 'split', split, ['train', 'test'])];
      const images = await readIdx(names.images);
      checkShape(owner, names.images, split, images.shape, ['n', height, width], sizes);
      const labels = await readIdx(names.labels);
      checkShape(owner, names.labels, split, labels.shape, ['n'], sizes);
      if (images.shape[0] !== labels.shape[0]) {
        throw fileError('invalid-data', owner, names.labels, {
          rule: `${images.shape[0]} labels, one for each image of ${names.images}`,
          got: `${labels.shape[0]}`,
          advice: 'The two files belong to different sets: fetch both again from one place.',
        });
      }
      const stranger = labels.data.findIndex((label) => label >= card.classes);
      if (stranger >= 0) {
        throw fileError('invalid-data', owner, names.labels, {
          rule: `labels within 0 .. ${card.classes - 1}`,
          got: `${labels.data[stranger]} at position ${stranger}`,
          advice: 'The file is damaged or belongs to another data set.',
        });
      }
      return byteExamples({ owner, shape: card.shape, pixels: images.data, labels: labels.data });
    },
  };
}

/** Compares a decoded shape with the one that the split must have; `n` stands for any number of examples. */
function checkShape(
  owner: string,
  name: string,
  split: Split,
  shape: readonly number[],
  rule: readonly (number | 'n')[],
  sizes: IdxDatasetOptions['sizes'],
): void {
  const wanted = rule.map((length) => (length === 'n' ? (sizes?.[split] ?? length) : length));
  if (shape.length === wanted.length && shape.every((length, axis) => wanted[axis] === 'n' || wanted[axis] === length)) return;
  const other = split === 'train' ? 'test' : 'train';
  let advice = 'It belongs to another data set: put the right file in its place.';
  if (shape.length !== wanted.length && (shape.length === 1 || shape.length === 3)) {
    advice = `These are ${shape.length === 1 ? 'labels' : 'images'}: the files are swapped.`;
  } else if (sizes !== undefined && shape[0] === sizes[other] && shape[0] !== sizes[split]) {
    advice = `This is the ${other} file, as far as its size tells.`;
  }
  throw fileError('invalid-data', owner, name, { rule: `an array of shape [${wanted.join(', ')}]`, got: `[${shape.join(', ')}]`, advice });
}
