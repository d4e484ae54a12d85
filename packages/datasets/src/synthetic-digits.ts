/**
 * Digits drawn by our own code, for tests, examples and first runs where MNIST is not at hand. They look like MNIST and take the same road
 * (IDX files in memory, decoded and batched as bytes), but they are not MNIST: no figure measured on them is a MNIST figure.
 *
 * Image i of a split is a function of (seed, split, i) alone, bit for bit on every machine: a smaller set is a prefix of a larger one.
 */
import type { Dataset, DatasetCard } from '@groundstate/core';
import { drawDigit, traitCount } from './digits/draw-digit';
import { side } from './digits/ink-path';
import { drawImages } from './drawing/draw-images';
import { checkSyntheticOptions, type SyntheticOptions } from './drawing/synthetic-options';
import type { FileSource } from './file-source';
import { encodeIdx } from './formats/idx';
import { idxDataset } from './idx-dataset';
import { idxFileNames } from './idx-file-names';

/** Options of `syntheticDigits`: how many, at most 1,000,000 of a split, and of which seed. */
export type SyntheticDigitsOptions = SyntheticOptions;

const classes = 10;

/**
 * Synthetic digits, 28 x 28, balanced over the ten classes: every ten images in a row are the ten digits in some order.
 *
 * @example
 * const digits = syntheticDigits({ seed: 1, train: 1000, test: 200 });
 * const train = await digits.load('train');
 */
export function syntheticDigits(options: SyntheticDigitsOptions = {}): Dataset {
  const { seed, ...sizes } = checkSyntheticOptions('syntheticDigits', options, 1_000_000);
  const name = 'synthetic-digits';
  const card: DatasetCard = {
    name,
    classes,
    shape: [side, side, 1],
    bounds: [0, 1],
    source: `drawn by Groundstate's own code (seed ${seed}); not MNIST`,
    licence: 'MIT, as the code that draws them',
    checksums: {},
  };
  return {
    card,
    load: async (split) => {
      // An unknown split draws nothing here, and is refused by the data set below.
      const names = idxFileNames[split];
      const files = new Map<string, Uint8Array>();
      if (names !== undefined) {
        const length = side * side;
        const request = { name, seed, split, count: sizes[split], length, traits: traitCount, grain: length } as const;
        const { pixels, labels } = await drawImages({ ...request, draw: drawDigit });
        files.set(names.images, encodeIdx({ shape: [sizes[split], side, side], data: pixels }));
        files.set(names.labels, encodeIdx({ shape: [sizes[split]], data: labels }));
      }
      const source: FileSource = { description: card.source, read: async (name) => files.get(name) };
      return idxDataset({ card, source, sizes }).load(split);
    },
  };
}
