/**
 * A multilayer perceptron: dense layers with one activation, a linear head of logits.
 */
import { checkKeys } from '@groundstate/core';
import * as tfl from '@tensorflow/tfjs-layers';
import { type ArchitectureOptions, architectureKeys, checkArchitecture, checkSizes } from './check-architecture';
import { fromLayersModel, type LayersClassifier } from './from-layers-model';
import { initialise, initialiserName, leaveEmpty } from './initialise';
import { keyedDropout } from './keyed-dropout';

/** Options of `mlp`. */
export type MlpOptions = ArchitectureOptions & {
  /** Widths of the hidden layers; an empty array is a linear classifier. @default [256, 256] */
  readonly hidden?: readonly number[];
};

/**
 * Layers `flatten`, `dense_1`, `dense_2`, ...; the last one gives the logits.
 *
 * @example
 * const model = mlp({ inputShape: [4], hidden: [8], classes: 3, seed: 1 });
 * Object.keys(model.weights); // dense_1/kernel, dense_1/bias, dense_2/kernel, dense_2/bias
 */
export function mlp(options: MlpOptions = {}): LayersClassifier {
  checkKeys('mlp', options, [...architectureKeys, 'hidden']);
  const { inputShape, classes, activation, dropout, seed, wrap } = checkArchitecture('mlp', options);
  const hidden = checkSizes('mlp', 'hidden', options.hidden ?? [256, 256]);
  const network = tfl.sequential({ name: wrap.name });
  network.add(tfl.layers.inputLayer({ inputShape, name: 'input' }));
  if (inputShape.length > 1) network.add(tfl.layers.flatten({ name: 'flatten' }));
  [...hidden, classes].forEach((units, index) => {
    const last = index === hidden.length;
    const name = `dense_${index + 1}`;
    const kernelInitializer = initialiserName(activation);
    network.add(leaveEmpty(tfl.layers.dense({ units, name, kernelInitializer, activation: last ? 'linear' : activation })));
    if (dropout > 0 && !last) network.add(keyedDropout({ rate: dropout, name: `dropout_${index + 1}` }));
  });
  initialise(network, activation, seed);
  return fromLayersModel(network, wrap);
}
