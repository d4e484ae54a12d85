/** A data set in SVHN's form: a MAT-file for each split, and an extra one that may be added to the training split. */
import { checkKeys, checkOneOf, type Dataset, type DatasetCard, type Examples, expected } from '@groundstate/core';
import { byteExamples } from './byte-examples';
import { checkPinned, noSuchFile } from './editions';
import { checkSource, type FileSource } from './file-source';
import { openFile } from './open-file';
import { readSvhnFile, type StreetDigits } from './svhn-file';

/** Options of `svhnDataset`: its card, and where the files are. */
export interface SvhnDatasetOptions {
  /** Its shape is `[32, 32, 3]`, its classes the ten digits. Where it has the checksum of a file, the file is verified. */
  readonly card: DatasetCard;
  readonly source: FileSource;
  /** Whether the training split is `train_32x32.mat` and `extra_32x32.mat`, in this order. @default false */
  readonly extra?: boolean;
}

/** The files of SVHN, by the names that its authors gave them. */
export const svhnFileNames = { train: 'train_32x32.mat', test: 'test_32x32.mat', extra: 'extra_32x32.mat' } as const;

/** The files of each split. */
export function svhnFilesOf(split: 'train' | 'test', extra: boolean): readonly string[] {
  return split === 'train' && extra ? [svhnFileNames.train, svhnFileNames.extra] : [svhnFileNames[split]];
}

/**
 * Reads such a data set. Pixels stay bytes, and files come in pieces where the source has them so (as `directorySource` does): besides the
 * pixels themselves little is held.
 *
 * @throws GroundstateError on `load`: `not-found`, `corrupt` or `invalid-data`, naming the file and what to do.
 * @example
 * const numbers = svhnDataset({ card: numbersCard, source: directorySource('data/numbers') });
 * const examples = await numbers.load('train');
 */
export function svhnDataset(options: SvhnDatasetOptions): Dataset {
  checkKeys('svhnDataset', options, ['card', 'source', 'extra']);
  const { card, source, extra = false } = options;
  const owner = card.name;
  checkSource(owner, source);
  if (card.shape.join() !== '32,32,3') throw expected(owner, 'card.shape', '[32, 32, 3]', card.shape);
  if (card.classes !== 10) throw expected(owner, 'card.classes', '10, the digits', card.classes);
  return {
    card,
    load: async (split): Promise<Examples> => {
      checkOneOf(owner, 'split', split, ['train', 'test']);
      const digits: StreetDigits = { pixels: new Uint8Array(0), labels: new Uint8Array(0) };
      for (const name of svhnFilesOf(split, extra)) {
        const file = await openFile(source, name);
        if (file === undefined) throw noSuchFile(owner, source, name);
        await readSvhnFile({ owner, name, file, digits });
        const wanted = card.checksums[name];
        if (wanted !== undefined) checkPinned(owner, name, wanted, await file.sha256());
      }
      return byteExamples({ owner, shape: card.shape, ...digits });
    },
  };
}
