import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { example, runOn } from '../tests/compare';
import { enableTrainingKernels } from './enable-training-kernels';

const BATCHES = [1, 7, 64, 256];
const LARGEST = 256;

/** The first rows of what `operation` makes of the first rows of its input, for several batches: the same bits, every time. */
async function expectSameRows(rowShape: readonly number[], operation: (rows: tf.Tensor) => tf.Tensor): Promise<void> {
  const all = example([LARGEST, ...rowShape], 5);
  const [whole] = await runOn('wasm', ([x]) => operation(x!), [all]);
  for (const batch of BATCHES) {
    const [part] = await runOn('wasm', ([x]) => operation(tf.slice(x!, 0, batch)), [all]);
    expect(part).toEqual(whole!.slice(0, part!.length));
    expect(part!.length).toBe((whole!.length / LARGEST) * batch);
  }
}

const weights = (...shape: number[]) => {
  const { values } = example(shape, 9);
  return tf.tensor(values, shape);
};

beforeAll(async () => {
  await enableTrainingKernels();
});

describe('a row is the same, bit for bit, in every batch', () => {
  it('of a matrix product, whatever its sizes', async () => {
    for (const inner of [1, 7, 100, 257]) {
      for (const columns of [1, 2, 3, 8, 10, 33]) await expectSameRows([inner], (x) => tf.matMul(x, weights(inner, columns)));
    }
  });

  it('of a transposed matrix product, plain and fused', async () => {
    await expectSameRows([100], (x) => tf.matMul(x, weights(10, 100), false, true));
    await expectSameRows([100], (x) => tf.matMul(tf.transpose(x), weights(100, 10), true, false));
    await expectSameRows([100], (x) => tf.fused.matMul({ a: x, b: weights(100, 10), bias: weights(10), activation: 'relu' }));
  });

  it('of a convolution and of its input gradient, on both roads and at both strides', async () => {
    for (const inChannels of [1, 3, 8, 16]) {
      for (const stride of [1, 2]) {
        const convolve = (x: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, weights(3, 3, inChannels, 12) as tf.Tensor4D, stride, 'same');
        await expectSameRows([9, 9, inChannels], convolve);
        await expectSameRows([9, 9, inChannels], (x) => tf.grad((input: tf.Tensor) => tf.sum(tf.square(convolve(input))))(x));
      }
    }
  });

  it('of the input gradient of a small network', async () => {
    const network = (x: tf.Tensor) => {
      const features = tf.tanh(tf.conv2d(x as tf.Tensor4D, weights(3, 3, 2, 9) as tf.Tensor4D, 1, 'same'));
      const pooled = tf.maxPool(
        tf.leakyRelu(tf.conv2d(features as tf.Tensor4D, weights(3, 3, 9, 8) as tf.Tensor4D, 1, 'valid')) as tf.Tensor4D,
        2,
        2,
        'same',
      );
      return tf.logSoftmax(tf.matMul(tf.reshape(pooled, [-1, 72]), weights(72, 5)) as tf.Tensor2D);
    };
    await expectSameRows([8, 8, 2], (x) => tf.grad((input: tf.Tensor) => tf.sum(tf.slice(network(input), [0, 0], [-1, 1])))(x));
  });
});
