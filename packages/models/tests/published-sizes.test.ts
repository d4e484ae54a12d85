import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { convLarge, convSmall, type LayersClassifier, madryNet, mlp, preActResNet18, smallCnn } from '../src/index';

// Millions of weights: the cpu backend takes half a minute for their first passes.
beforeAll(() => tf.setBackend('wasm'));
afterAll(() => tf.setBackend('cpu'));

/** A convolution without bias, with the two weights a channel of batch normalisation. */
const normalised = (size: number, from: number, to: number): number => size * size * from * to + 2 * to;
const dense = (from: number, to: number): number => from * to + to;
const vat = (channels: number, [a, b, c, d, e]: readonly [number, number, number, number, number]): number =>
  normalised(3, channels, a) +
  2 * normalised(3, a, a) +
  normalised(3, a, b) +
  2 * normalised(3, b, b) +
  normalised(3, b, c) +
  normalised(1, c, d) +
  normalised(1, d, e) +
  dense(e, 10);

const sizes: readonly (readonly [string, () => LayersClassifier, number, number])[] = [
  // 3.1 million in the literature.
  ['Conv-Large', () => convLarge(), 3_121_802, vat(3, [128, 256, 512, 256, 128])],
  ['Conv-Small for CIFAR-10', () => convSmall(), 1_408_234, vat(3, [96, 192, 192, 192, 192])],
  // The head has 20 weights of batch normalisation in place of 10 biases.
  ['Conv-Small for SVHN', () => convSmall({ widths: [64, 128, 128], headBatchNorm: true }), 627_540, vat(3, [64, 128, 128, 128, 128]) + 10],
  [
    'the perceptron of VAT',
    () => mlp({ hidden: [1200, 600, 300, 150], batchNorm: true, headBatchNorm: true }),
    1_891_820,
    normalised(1, 784, 1200) + normalised(1, 1200, 600) + normalised(1, 600, 300) + normalised(1, 300, 150) + normalised(1, 150, 10),
  ],
  // What torch counts in the authors' models/small_cnn.py.
  [
    'SmallCNN',
    () => smallCnn(),
    312_202,
    dense(9, 32) + dense(9 * 32, 32) + dense(9 * 32, 64) + dense(9 * 64, 64) + dense(4 * 4 * 64, 200) + dense(200, 200) + dense(200, 10),
  ],
  ["Madry's network", () => madryNet(), 3_274_634, dense(25, 32) + dense(25 * 32, 64) + dense(7 * 7 * 64, 1024) + dense(1024, 10)],
  // What torch counts in preactresnet.py of Rice et al. A block of one width has two norms and two convolutions of it; one that changes
  // it has its first norm and convolution from the width before, and a shortcut of 1x1.
  [
    'PreActResNet-18',
    () => preActResNet18(),
    11_172_170,
    27 * 64 +
      2 * (2 * normalised(3, 64, 64)) +
      [64, 128, 256].reduce(
        (sum, w) => sum + 2 * w + 9 * w * 2 * w + w * 2 * w + normalised(3, 2 * w, 2 * w) + 2 * normalised(3, 2 * w, 2 * w),
        0,
      ) +
      2 * 512 +
      dense(512, 10),
  ],
];

it.each(sizes)('%s has as many weights as its authors publish', (_, make, published, counted) => {
  const before = tf.memory().numTensors;
  const model = make();
  expect(Object.values(model.weights).reduce((sum, { size }) => sum + size, 0)).toBe(published);
  expect(counted).toBe(published);
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
