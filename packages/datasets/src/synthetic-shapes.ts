/**
 * Shapes and textures drawn by our own code, for tests, examples and first runs where CIFAR-10 is not at hand. They have its form and take the
 * same road (its binary files, in memory), but they are not CIFAR-10, nor like it: no figure measured on them is a CIFAR-10 figure.
 *
 * Trained on 10,000 of seed 1, a linear classifier has 20 % of 2,000 test images right at its best, and a network of three convolutions (16, 32
 * and 64 channels) 94 % after five epochs.
 *
 * Image i of a split is a function of (seed, split, i) alone, bit for bit on every machine: a smaller set is a prefix of a larger one.
 */
import type { Dataset, DatasetCard } from '@groundstate/core';
import { cifarDataset, cifarFileNames } from './cifar-dataset';
import { canvasGrain, canvasLength, canvasSide } from './drawing/canvas';
import { drawImages } from './drawing/draw-images';
import { checkSyntheticOptions, type SyntheticOptions } from './drawing/synthetic-options';
import type { FileSource } from './file-source';
import { encodeCifar } from './formats/cifar-binary';
import { drawShape, shapeNames, shapeTraitCount } from './shapes/draw-shape';

/** Options of `syntheticShapes`: how many, at most 500,000 of a split, and of which seed. */
export type SyntheticShapesOptions = SyntheticOptions;

/** Labels in words, by number: six shapes, four textures. */
export const syntheticShapesClassNames: readonly string[] = shapeNames;

/**
 * Synthetic shapes and textures, 32 x 32 in colour, balanced over the ten classes: every ten images in a row are the ten classes in some order.
 *
 * @example
 * const shapes = syntheticShapes({ seed: 1, train: 1000, test: 200 });
 * const train = await shapes.load('train');
 */
export function syntheticShapes(options: SyntheticShapesOptions = {}): Dataset {
  const { seed, ...sizes } = checkSyntheticOptions('syntheticShapes', options, 500_000);
  const name = 'synthetic-shapes';
  const card: DatasetCard = {
    name,
    classes: shapeNames.length,
    shape: [canvasSide, canvasSide, 3],
    bounds: [0, 1],
    source: `drawn by Groundstate's own code (seed ${seed}); not CIFAR-10`,
    licence: 'MIT, as the code that draws them',
    checksums: {},
  };
  // As many in each of the five files, in whole blocks of ten; of a small set there are fewer files.
  const perFile = 10 * Math.ceil(sizes.train / (10 * cifarFileNames.train.length));
  const files = { train: cifarFileNames.train.slice(0, Math.ceil(sizes.train / perFile)), test: cifarFileNames.test };
  const source: FileSource = {
    description: card.source,
    // Drawn when it is read: one file at a time, as from a disk.
    read: async (file) => {
      const split = files.train.includes(file) ? 'train' : 'test';
      if (split === 'test' && !files.test.includes(file)) return undefined;
      const start = Math.max(0, files.train.indexOf(file)) * perFile;
      const count = split === 'test' ? sizes.test : Math.min(perFile, sizes.train - start);
      const request = { name, seed, split, start, count, length: canvasLength, traits: shapeTraitCount, grain: canvasGrain } as const;
      return encodeCifar(await drawImages({ ...request, draw: drawShape }));
    },
  };
  return cifarDataset({ card, source, files });
}
