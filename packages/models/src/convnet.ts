/**
 * A small strided convnet for digits: conv 4x4x16 stride 2, conv 4x4x32 stride 2, dense 100, dense classes; 'same' padding.
 * 166,406 weights on 28x28x1. Strides instead of pooling keep every gradient available on every backend.
 */
import { checkKeys, checkNumber } from '@groundstate/core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  adder,
  type ChosenBatchNormOptions,
  chosenBatchNorm,
  chosenBatchNormKeys,
  convolutionBlock,
  denseBlock,
  headBlock,
} from './blocks';
import { type ArchitectureOptions, architectureKeys, checkArchitecture, checkSizes } from './check-architecture';
import { fromLayersModel, type LayersClassifier } from './from-layers-model';
import { initialise } from './initialise';
import { keyedDropout } from './keyed-dropout';
import { beginSequential } from './preprocessing/preprocessing';

/** Options of `convnet`. */
export type ConvnetOptions = ArchitectureOptions &
  ChosenBatchNormOptions & {
    /** Filters of the convolutions, each 4x4 with stride 2. @default [16, 32] */
    readonly filters?: readonly number[];
    /** Width of the dense layer before the head. @default 100 */
    readonly hidden?: number;
  };

/**
 * Layers `conv_1`, `conv_2`, `flatten`, `dense_1`, `dense_2`; the last one gives the logits. Normalised ones have a
 * `conv_1_batch_norm` and no bias.
 *
 * @example
 * const model = convnet({ seed: 1 });
 * model.logits(tf.zeros([2, 28, 28, 1])); // a tensor of shape [2, 10]
 */
export function convnet(options: ConvnetOptions = {}): LayersClassifier {
  checkKeys('convnet', options, [...architectureKeys, ...chosenBatchNormKeys, 'filters', 'hidden']);
  const architecture = checkArchitecture('convnet', options, 3);
  const batchNorm = chosenBatchNorm('convnet', options);
  const choice = { ...architecture, batchNorm: batchNorm.hidden };
  const { classes, activation, dropout, seed, wrap } = architecture;
  const filters = checkSizes('convnet', 'filters', options.filters ?? [16, 32]);
  const hidden = checkNumber('convnet', 'hidden', options.hidden ?? 100, { integer: true, min: 1 });
  const network = tfl.sequential({ name: wrap.name });
  const add = adder(network);
  beginSequential(network, architecture);
  filters.forEach((count, index) => {
    add(...convolutionBlock(choice, `conv_${index + 1}`, { filters: count, kernelSize: 4, strides: 2, padding: 'same' }));
  });
  add(tfl.layers.flatten({ name: 'flatten' }), ...denseBlock(choice, 'dense_1', hidden));
  if (dropout > 0) add(keyedDropout({ rate: dropout, name: 'dropout_1' }));
  add(...headBlock({ ...choice, batchNorm: batchNorm.head }, 'dense_2', classes));
  initialise(network, activation, seed);
  return fromLayersModel(network, wrap);
}
