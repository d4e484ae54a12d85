/**
 * The convolutional network of "Virtual Adversarial Training: A Regularization Method for Supervised and Semi-Supervised Learning",
 * T. Miyato, S. Maeda, M. Koyama, S. Ishii, 2018 (https://arxiv.org/abs/1704.03976), in any widths: three convolutions 3x3, max pooling,
 * dropout, three more, max pooling, dropout, then 3x3 without padding, 1x1, 1x1, the mean over all places, and a dense head.
 * Batch normalisation (epsilon 1e-6) and leaky relu 0.1 stand behind every convolution, as in https://github.com/takerum/vat_tf:
 * no biases there, and normalised logits for SVHN.
 */
import { expected } from '@groundstate/core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { HiddenActivation } from './activations';
import { adder, type BatchNormOptions, checkMomentum, checkTruth, convolutionBlock, headBlock } from './blocks';
import { type ArchitectureOptions, checkArchitecture } from './check-architecture';
import { fromLayersModel, type LayersClassifier } from './from-layers-model';
import { initialise } from './initialise';
import { keyedDropout } from './keyed-dropout';
import { beginSequential } from './preprocessing/preprocessing';

/** What `convSmall` and `convLarge` share. */
export type VatConvnetOptions = Omit<ArchitectureOptions, 'inputShape' | 'activation' | 'dropout'> &
  BatchNormOptions & {
    /** Shape of one example, at least 9x9 pixels. @default [32, 32, 3] */
    readonly inputShape?: readonly number[];
    /** Behind every convolution. @default 'leakyRelu' */
    readonly activation?: HiddenActivation;
    /** The share of values that a training pass drops behind either max pooling. @default 0.5 */
    readonly dropout?: number;
    /** What a training pass keeps of the moving averages, from 0 to below 1. @default 0.99 */
    readonly batchNormMomentum?: number;
    /** Normalises the logits as well: VAT does so for SVHN, not for CIFAR-10. @default false */
    readonly headBatchNorm?: boolean;
  };

/** Filters of the first three convolutions, the next three, and each of the last three. */
export type VatWidths = readonly [number, number, number, number, number];

/** Layers `conv_1` to `conv_9`, each with `_batch_norm` and `_activation`, `pool_1`, `dropout_1`, `pool_2`, `dropout_2`, `mean` and `dense_1`. */
export function vatConvnet(owner: string, options: VatConvnetOptions, widths: VatWidths): LayersClassifier {
  const { inputShape = [32, 32, 3], activation = 'leakyRelu', dropout = 0.5 } = options;
  const architecture = checkArchitecture(owner, { ...options, inputShape, activation, dropout }, 3);
  const { classes, seed, wrap } = architecture;
  if (Math.min(inputShape[0]!, inputShape[1]!) < 9) {
    const advice = 'Two poolings and a convolution without padding leave nothing of less.';
    throw expected(owner, 'inputShape', 'an image of at least 9x9 pixels', inputShape, advice);
  }
  const batchNorm = { momentum: checkMomentum(owner, options.batchNormMomentum, 0.99), epsilon: 1e-6 };
  const headBatchNorm = checkTruth(owner, 'headBatchNorm', options.headBatchNorm);
  const network = tfl.sequential({ name: wrap.name });
  const add = adder(network);
  let count = 0;
  const convolve = (width: number, kernelSize: number, padding: 'same' | 'valid'): void => {
    count++;
    add(...convolutionBlock({ ...architecture, batchNorm }, `conv_${count}`, { filters: width, kernelSize, padding }));
  };
  beginSequential(network, architecture);
  [widths[0], widths[1]].forEach((width, index) => {
    for (let layer = 0; layer < 3; layer++) convolve(width, 3, 'same');
    // As in the authors' code, an odd last row is pooled too.
    add(tfl.layers.maxPooling2d({ poolSize: 2, strides: 2, padding: 'same', name: `pool_${index + 1}` }));
    if (architecture.dropout > 0) add(keyedDropout({ rate: architecture.dropout, name: `dropout_${index + 1}` }));
  });
  convolve(widths[2], 3, 'valid');
  convolve(widths[3], 1, 'valid');
  convolve(widths[4], 1, 'valid');
  add(tfl.layers.globalAveragePooling2d({ name: 'mean' }));
  add(...headBlock({ ...architecture, batchNorm: headBatchNorm ? batchNorm : undefined }, 'dense_1', classes));
  initialise(network, architecture.activation, seed);
  return fromLayersModel(network, wrap);
}
