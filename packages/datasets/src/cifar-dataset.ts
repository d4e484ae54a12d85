/** A data set in CIFAR-10's form: training batches and a test batch of records of a label and 32 x 32 x 3 bytes. */
import { checkKeys, checkOneOf, type Dataset, type DatasetCard, type Examples, expected, type GroundstateError } from '@groundstate/core';
import { byteExamples } from './byte-examples';
import { readPinned } from './editions';
import { fileError } from './file-error';
import { checkSource, type FileSource } from './file-source';
import { cifarPixels, countCifar, decodeCifar } from './formats/cifar-binary';

/** The files of each split. */
export interface CifarFiles {
  readonly train: readonly string[];
  readonly test: readonly string[];
}

/** Options of `cifarDataset`: its card, and where the files are. */
export interface CifarDatasetOptions {
  /** Its shape is `[32, 32, 3]`. Where it has the checksum of a file, the file is verified. */
  readonly card: DatasetCard;
  readonly source: FileSource;
  /** All of these are read, in this order. @default CIFAR-10's: those of the five training batches that are there, and test_batch.bin */
  readonly files?: CifarFiles;
}

/** The files of CIFAR-10, by the names that its author gave them. */
export const cifarFileNames: CifarFiles = {
  train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`),
  test: ['test_batch.bin'],
};

/**
 * Reads such a data set. Pixels stay bytes; besides the split itself, at most one file is in memory at a time.
 *
 * @throws GroundstateError on `load`: `not-found`, `corrupt` or `invalid-data`, naming the file and what to do.
 * @example
 * const shapes = cifarDataset({ card: shapesCard, source: directorySource('data/shapes') });
 * const examples = await shapes.load('train');
 */
export function cifarDataset(options: CifarDatasetOptions): Dataset {
  checkKeys('cifarDataset', options, ['card', 'source', 'files']);
  const { card, source, files } = options;
  const owner = card.name;
  checkSource(owner, source);
  const { shape, classes } = card;
  if (shape.join() !== '32,32,3') throw expected(owner, 'card.shape', '[32, 32, 3]', shape);
  if (!(classes >= 2 && classes <= 256)) throw expected(owner, 'card.classes', 'from 2 to 256', classes);

  return {
    card,
    load: async (split): Promise<Examples> => {
      checkOneOf(owner, 'split', split, ['train', 'test']);
      const names = files?.[split] ?? cifarFileNames[split];
      let pixels = new Uint8Array(0);
      const labels: number[] = [];
      for (const name of names) {
        const wanted = card.checksums[name];
        const mayMiss = files === undefined && wanted === undefined;
        const bytes = mayMiss ? await source.read(name) : await readPinned(owner, source, name, wanted);
        if (bytes === undefined) continue;
        const count = countCifar(bytes, name, owner);
        const start = labels.length * cifarPixels;
        const end = start + count * cifarPixels;
        // Batches are of one length as a rule: with room for all from the first one on, no split is ever copied.
        if (pixels.length < end) pixels = withRoom(pixels, Math.max(end, names.length * count * cifarPixels));
        const decoded = decodeCifar(bytes, { file: name, owner, classes, into: pixels.subarray(start, end) });
        for (const label of decoded.labels) labels.push(label);
      }
      if (labels.length === 0) throw noneOf(owner, source, names);
      return byteExamples({ owner, shape, pixels: pixels.subarray(0, labels.length * cifarPixels), labels: Uint8Array.from(labels) });
    },
  };
}

function withRoom(pixels: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(pixels);
  return larger;
}

/** The error where there is not one of these files. */
export function noneOf(owner: string, source: FileSource, names: readonly string[]): GroundstateError {
  return fileError('not-found', owner, 'source', {
    rule: `a place with ${names.length === 1 ? names[0] : `${names[0]} or others up to ${names.at(-1)}`}`,
    got: `${source.description}, which has none of them`,
    advice: 'Put the original files there.',
  });
}
