/**
 * MNIST: 70,000 handwritten digits, 28 x 28, greyscale.
 *
 * Source: "Gradient-based learning applied to document recognition", Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Proceedings of the
 * IEEE 86(11), 1998, http://yann.lecun.com/exdb/mnist/.
 */
import { checkKeys, type Dataset, type DatasetCard, expected } from '@groundstate/core';
import type { FileSource } from './file-source';
import { idxDataset } from './idx-dataset';
import { checksumsOf, contentsOf, mnistRecipe } from './recipes';

/** Options of `mnist`: where the files are. */
export interface MnistOptions {
  /** Where the four original files are, packed with gzip as published, or unpacked. */
  readonly source: FileSource;
}

/**
 * MNIST from its four original files, which are verified by SHA-256 before any use. 60,000 training and 10,000 test examples:
 * `inputs` float32 `[n, 28, 28, 1]` in [0, 1] (byte / 255), `labels` int32 `[n]`, ids 0 .. size - 1 in each split.
 *
 * @throws GroundstateError on `load`, for a missing, damaged, swapped or foreign file, naming it and what to do.
 * @example
 * const digits = mnist({ source: directorySource('data/mnist') });
 * const train = await digits.load('train');
 * const batch = await train.read(Int32Array.of(0, 1, 2));
 */
export function mnist(options: MnistOptions): Dataset {
  if (typeof options !== 'object' || options === null) throw expected('mnist', 'options', 'an object with a `source`', options);
  checkKeys('mnist', options, ['source']);
  const card: DatasetCard = {
    name: 'mnist',
    classes: 10,
    shape: [28, 28, 1],
    bounds: [0, 1],
    source: `the four original files of MNIST (LeCun, Cortes, Burges), verified by SHA-256, from ${options.source?.description ?? 'nowhere'}`,
    licence: mnistRecipe.licence,
    checksums: checksumsOf(mnistRecipe),
  };
  return idxDataset({ card, source: options.source, unpacked: contentsOf(mnistRecipe), sizes: { train: 60_000, test: 10_000 } });
}
