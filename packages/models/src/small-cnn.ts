/**
 * SmallCNN, the MNIST network of TRADES: conv 3x3x32 twice, max pooling, conv 3x3x64 twice, max pooling, all without padding; dense 200,
 * dropout 0.5, dense 200, dense classes. 312,202 weights on 28x28x1. Source: "Theoretically Principled Trade-off between Robustness and Accuracy",
 * H. Zhang et al. 2019 (https://arxiv.org/abs/1901.08573), https://github.com/yaodongyu/TRADES, models/small_cnn.py.
 * There the head starts at zero; here it is drawn as everything else is, for at zero the inputs have no gradient and the first attack finds nothing.
 */
import { checkKeys, checkNumber, expected } from '@groundstate/core';
import * as tfl from '@tensorflow/tfjs-layers';
import { adder, convolutionBlock, denseBlock, headBlock } from './blocks';
import { type ArchitectureOptions, architectureKeys, checkArchitecture, checkSizes } from './check-architecture';
import { fromLayersModel, type LayersClassifier } from './from-layers-model';
import { initialise } from './initialise';
import { keyedDropout } from './keyed-dropout';
import { beginSequential } from './preprocessing/preprocessing';

/** Options of `smallCnn`. */
export type SmallCnnOptions = Omit<ArchitectureOptions, 'dropout'> & {
  /** Filters of the first two convolutions and of the last two. @default [32, 64] */
  readonly widths?: readonly number[];
  /** Width of either hidden dense layer. @default 200 */
  readonly hidden?: number;
  /** The share of units that a training pass drops behind the first hidden dense layer. @default 0.5 */
  readonly dropout?: number;
};

/**
 * Layers `conv_1`, `conv_2`, `pool_1`, `conv_3`, `conv_4`, `pool_2`, `flatten`, `dense_1`, `dropout_1`, `dense_2`, `dense_3`.
 *
 * @example
 * const model = smallCnn({ seed: 1 });
 */
export function smallCnn(options: SmallCnnOptions = {}): LayersClassifier {
  checkKeys('smallCnn', options, [...architectureKeys, 'widths', 'hidden']);
  const architecture = checkArchitecture('smallCnn', { ...options, dropout: options.dropout ?? 0.5 }, 3);
  const { inputShape, classes, activation, dropout, seed, wrap } = architecture;
  const widths = checkSizes('smallCnn', 'widths', options.widths ?? [32, 64]);
  if (widths.length !== 2) throw expected('smallCnn', 'widths', 'two sizes', widths);
  const hidden = checkNumber('smallCnn', 'hidden', options.hidden ?? 200, { integer: true, min: 1 });
  if (Math.min(inputShape[0]!, inputShape[1]!) < 16) {
    const advice = 'Four convolutions without padding and two poolings leave nothing of less.';
    throw expected('smallCnn', 'inputShape', 'an image of at least 16x16 pixels', inputShape, advice);
  }
  const network = tfl.sequential({ name: wrap.name });
  const add = adder(network);
  beginSequential(network, architecture);
  widths.forEach((count, index) => {
    for (const place of [1, 2]) {
      add(...convolutionBlock(architecture, `conv_${2 * index + place}`, { filters: count, kernelSize: 3, padding: 'valid' }));
    }
    add(tfl.layers.maxPooling2d({ poolSize: 2, strides: 2, name: `pool_${index + 1}` }));
  });
  add(tfl.layers.flatten({ name: 'flatten' }), ...denseBlock(architecture, 'dense_1', hidden));
  if (dropout > 0) add(keyedDropout({ rate: dropout, name: 'dropout_1' }));
  add(...denseBlock(architecture, 'dense_2', hidden), ...headBlock(architecture, 'dense_3', classes));
  initialise(network, activation, seed);
  return fromLayersModel(network, wrap);
}
