/**
 * Fashion-MNIST: 70,000 pieces of clothing in ten classes, 28 x 28, greyscale, in the form of MNIST and under its file names.
 *
 * Source: "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms", H. Xiao, K. Rasul, R. Vollgraf, 2017
 * (arXiv 1708.07747), https://github.com/zalandoresearch/fashion-mnist.
 */
import { checkKeys, type Dataset, type DatasetCard, expected } from '@groundstate/core';
import type { FileSource } from './file-source';
import { idxDataset } from './idx-dataset';
import { checksumsOf, fashionMnistRecipe } from './recipes';

/** Options of `fashionMnist`. */
export interface FashionMnistOptions {
  /** Where the four original files are, packed with gzip as published: only those have known checksums. */
  readonly source: FileSource;
}

/**
 * Fashion-MNIST from its four original files, which are verified by SHA-256 before any use. 60,000 training and 10,000 test examples:
 * `inputs` float32 `[n, 28, 28, 1]` in [0, 1] (byte / 255), `labels` int32 `[n]`, ids 0 .. size - 1 in each split.
 *
 * @throws GroundstateError on `load`, for a missing, damaged, swapped or foreign file, naming it and what to do.
 * @example
 * const clothing = fashionMnist({ source: directorySource('data/fashion-mnist') });
 */
export function fashionMnist(options: FashionMnistOptions): Dataset {
  if (typeof options !== 'object' || options === null) throw expected('fashionMnist', 'options', 'an object with a `source`', options);
  checkKeys('fashionMnist', options, ['source']);
  const card: DatasetCard = {
    name: 'fashion-mnist',
    classes: 10,
    shape: [28, 28, 1],
    bounds: [0, 1],
    source: `the four original files of Fashion-MNIST (Xiao, Rasul, Vollgraf), verified by SHA-256, from ${options.source?.description ?? 'nowhere'}`,
    licence: fashionMnistRecipe.licence,
    checksums: checksumsOf(fashionMnistRecipe),
  };
  return idxDataset({ card, source: options.source, sizes: { train: 60_000, test: 10_000 } });
}
