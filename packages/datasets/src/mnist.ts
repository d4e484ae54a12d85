/**
 * MNIST: 70,000 handwritten digits, 28 x 28, greyscale.
 *
 * Source: "Gradient-based learning applied to document recognition", Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Proceedings of the
 * IEEE 86(11), 1998, http://yann.lecun.com/exdb/mnist/.
 */
import { checkKeys, type Dataset, type DatasetCard, expected } from '@groundstate/core';
import type { FileSource } from './file-source';
import { idxDataset } from './idx-dataset';

export interface MnistOptions {
  /** Where the four original files are, packed with gzip as published, or unpacked. */
  readonly source: FileSource;
}

const checksums = {
  'train-images-idx3-ubyte.gz': '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
  'train-labels-idx1-ubyte.gz': '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
  't10k-images-idx3-ubyte.gz': '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
  't10k-labels-idx1-ubyte.gz': 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
};

const unpacked = {
  'train-images-idx3-ubyte': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  'train-labels-idx1-ubyte': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  't10k-images-idx3-ubyte': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  't10k-labels-idx1-ubyte': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
};

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
    licence: 'CC BY-SA 3.0, copyright Yann LeCun and Corinna Cortes, as commonly stated; derived from NIST Special Databases 1 and 3',
    checksums,
  };
  return idxDataset({ card, source: options.source, unpacked, sizes: { train: 60_000, test: 10_000 } });
}
