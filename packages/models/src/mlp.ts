/**
 * A multilayer perceptron: dense layers with one activation, a linear head of logits. With `batchNorm` it is the permutation-invariant
 * MNIST network of VAT (https://github.com/takerum/vat): `hidden: [1200, 600, 300, 150]` with all labels, `[1200, 1200]` with few,
 * and `headBatchNorm` in both; batch normalisation stands before the activation.
 */
import { checkKeys } from '@groundstate/core';
import * as tfl from '@tensorflow/tfjs-layers';
import { adder, type ChosenBatchNormOptions, chosenBatchNorm, chosenBatchNormKeys, denseBlock, headBlock } from './blocks';
import { type ArchitectureOptions, architectureKeys, checkArchitecture, checkSizes } from './check-architecture';
import { fromLayersModel, type LayersClassifier } from './from-layers-model';
import { initialise } from './initialise';
import { keyedDropout } from './keyed-dropout';
import { beginSequential } from './preprocessing/preprocessing';

/** Options of `mlp`. */
export type MlpOptions = ArchitectureOptions &
  ChosenBatchNormOptions & {
    /** Widths of the hidden layers; an empty array is a linear classifier. @default [256, 256] */
    readonly hidden?: readonly number[];
  };

/**
 * Layers `flatten`, `dense_1`, `dense_2`, ...; the last one gives the logits. Normalised ones have a `dense_1_batch_norm` and no bias.
 *
 * @example
 * const model = mlp({ inputShape: [4], hidden: [8], classes: 3, seed: 1 });
 * Object.keys(model.weights); // dense_1/kernel, dense_1/bias, dense_2/kernel, dense_2/bias
 */
export function mlp(options: MlpOptions = {}): LayersClassifier {
  checkKeys('mlp', options, [...architectureKeys, ...chosenBatchNormKeys, 'hidden']);
  const architecture = checkArchitecture('mlp', options);
  const { inputShape, classes, activation, dropout, seed, wrap } = architecture;
  const hidden = checkSizes('mlp', 'hidden', options.hidden ?? [256, 256]);
  const batchNorm = chosenBatchNorm('mlp', options);
  const network = tfl.sequential({ name: wrap.name });
  const add = adder(network);
  beginSequential(network, architecture);
  if (inputShape.length > 1) add(tfl.layers.flatten({ name: 'flatten' }));
  hidden.forEach((units, index) => {
    add(...denseBlock({ ...architecture, batchNorm: batchNorm.hidden }, `dense_${index + 1}`, units));
    if (dropout > 0) add(keyedDropout({ rate: dropout, name: `dropout_${index + 1}` }));
  });
  add(...headBlock({ ...architecture, batchNorm: batchNorm.head }, `dense_${hidden.length + 1}`, classes));
  initialise(network, activation, seed);
  return fromLayersModel(network, wrap);
}
