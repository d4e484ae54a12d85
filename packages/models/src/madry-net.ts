/**
 * The MNIST network of Madry's challenge: conv 5x5x32, max pooling, conv 5x5x64, max pooling, 'same' padding; dense 1024, dense classes.
 * 3,274,634 weights on 28x28x1. Source: "Towards Deep Learning Models Resistant to Adversarial Attacks", A. Madry et al. 2018
 * (https://arxiv.org/abs/1706.06083), https://github.com/MadryLab/mnist_challenge, model.py.
 */
import { checkKeys, checkNumber, expected } from '@groundstate/core';
import * as tfl from '@tensorflow/tfjs-layers';
import { adder, convolutionBlock, denseBlock, headBlock } from './blocks';
import { type ArchitectureOptions, architectureKeys, checkArchitecture, checkSizes } from './check-architecture';
import { fromLayersModel, type LayersClassifier } from './from-layers-model';
import { initialise } from './initialise';
import { keyedDropout } from './keyed-dropout';
import { beginSequential } from './preprocessing/preprocessing';

/** Options of `madryNet`. */
export type MadryNetOptions = ArchitectureOptions & {
  /** Filters of the two convolutions. @default [32, 64] */
  readonly widths?: readonly number[];
  /** Width of the dense layer before the head. @default 1024 */
  readonly hidden?: number;
};

/**
 * Layers `conv_1`, `pool_1`, `conv_2`, `pool_2`, `flatten`, `dense_1`, `dense_2`.
 *
 * @example
 * const model = madryNet({ seed: 1 });
 */
export function madryNet(options: MadryNetOptions = {}): LayersClassifier {
  checkKeys('madryNet', options, [...architectureKeys, 'widths', 'hidden']);
  const architecture = checkArchitecture('madryNet', options, 3);
  const { classes, activation, dropout, seed, wrap } = architecture;
  const widths = checkSizes('madryNet', 'widths', options.widths ?? [32, 64]);
  if (widths.length !== 2) throw expected('madryNet', 'widths', 'two sizes', widths);
  const hidden = checkNumber('madryNet', 'hidden', options.hidden ?? 1024, { integer: true, min: 1 });
  const network = tfl.sequential({ name: wrap.name });
  const add = adder(network);
  beginSequential(network, architecture);
  widths.forEach((count, index) => {
    add(...convolutionBlock(architecture, `conv_${index + 1}`, { filters: count, kernelSize: 5, padding: 'same' }));
    add(tfl.layers.maxPooling2d({ poolSize: 2, strides: 2, padding: 'same', name: `pool_${index + 1}` }));
  });
  add(tfl.layers.flatten({ name: 'flatten' }), ...denseBlock(architecture, 'dense_1', hidden));
  if (dropout > 0) add(keyedDropout({ rate: dropout, name: 'dropout_1' }));
  add(...headBlock(architecture, 'dense_2', classes));
  initialise(network, activation, seed);
  return fromLayersModel(network, wrap);
}
