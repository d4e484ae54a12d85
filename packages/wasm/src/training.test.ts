import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { disagreement, example, withGradients } from '../tests/compare';
import { enableTrainingKernels } from './enable-training-kernels';

const images = example([5, 10, 10, 2], 1);
const first = example([3, 3, 2, 8], 2, -0.4, 0.4);
const second = example([3, 3, 8, 6], 3, -0.3, 0.3);
const dense = example([24, 4], 4, -0.4, 0.4);

const labels = () => tf.oneHot(tf.tensor1d([0, 3, 1, 2, 1], 'int32'), 4);

/** conv, tanh, max pool, strided conv, softplus, dense, cross-entropy: smooth but for the pool, with values of both signs under it. */
function loss(x: tf.Tensor, one: tf.Tensor, two: tf.Tensor, three: tf.Tensor): tf.Scalar {
  const hidden = tf.maxPool(tf.tanh(tf.conv2d(x as tf.Tensor4D, one as tf.Tensor4D, 1, 'same')) as tf.Tensor4D, 2, 2, 'same');
  const features = tf.softplus(
    tf.conv2d(
      hidden as tf.Tensor4D,
      two as tf.Tensor4D,
      2,
      [
        [0, 0],
        [0, 1],
        [0, 0],
        [0, 0],
      ],
      'NHWC',
      1,
      'floor',
    ),
  );
  return tf.losses.softmaxCrossEntropy(labels(), tf.matMul(tf.reshape(features, [5, 24]), three));
}

beforeAll(async () => {
  await enableTrainingKernels();
});

describe('training a convolutional network on wasm', () => {
  it('has the loss and all the gradients of the cpu backend', async () => {
    expect(await disagreement(withGradients(loss as (...inputs: tf.Tensor[]) => tf.Tensor), images, first, second, dense)).toBeLessThan(
      1e-5,
    );
  });

  it('has gradients that finite differences of its own loss confirm', async () => {
    await tf.setBackend('wasm');
    const lossOf = loss as (...inputs: tf.Tensor[]) => tf.Scalar;
    tf.tidy(() => {
      const points = [images, first, second, dense].map(({ values, shape }) => tf.tensor(values, [...shape]));
      const gradients = tf.grads(lossOf)(points);
      points.forEach((point, index) => {
        // Along the gradient itself the slope is its norm, which float32 resolves best.
        const gradient = gradients[index]!;
        const slope = tf.norm(gradient).dataSync()[0]!;
        const step = 2.5e-3 * tf.norm(point).dataSync()[0]!;
        const lossAt = (shift: number) => {
          const moved = tf.add(point, tf.mul(gradient, shift / slope));
          return lossOf(...points.map((other, at) => (at === index ? moved : other))).dataSync()[0]!;
        };
        const measured = (lossAt(step) - lossAt(-step)) / (2 * step);
        expect(Math.abs(measured - slope) / slope).toBeLessThan(5e-3);
      });
    });
  });

  it('keeps no tensors and no heap', async () => {
    await tf.setBackend('wasm');
    const backend = tf.backend() as unknown as { numDataIds(): number; wasm: { HEAPU8: Uint8Array } };
    const step = () =>
      tf.tidy(() => {
        const points = [images, first, second, dense].map(({ values, shape }) => tf.tensor(values, [...shape]));
        for (const gradient of tf.grads(loss as (...inputs: tf.Tensor[]) => tf.Scalar)(points)) gradient.dataSync();
        const wide = tf.ones([64, 16, 16, 8]);
        tf.grad((filter: tf.Tensor) => tf.sum(tf.conv2d(wide as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')))(
          tf.ones([3, 3, 8, 8]),
        ).dataSync();
        tf.matMul(tf.ones([3, 40, 50]), tf.ones([3, 60, 50]), false, true).dataSync();
      });
    step();
    const before = { tensors: tf.memory().numTensors, blocks: backend.numDataIds(), heap: backend.wasm.HEAPU8.length };
    for (let repetition = 0; repetition < 30; repetition++) step();
    expect({ tensors: tf.memory().numTensors, blocks: backend.numDataIds(), heap: backend.wasm.HEAPU8.length }).toEqual(before);
  });

  it('finds every other kernel that common layers need in stock tfjs', async () => {
    const range = example([3, 4, 4, 5], 7);
    const activations = [
      tf.relu,
      tf.relu6,
      tf.elu,
      tf.selu,
      tf.softplus,
      tf.sigmoid,
      tf.tanh,
      tf.leakyRelu,
      tf.erf,
      tf.logSoftmax,
      tf.softmax,
    ];
    for (const activation of activations)
      expect(
        await disagreement(
          withGradients((x) => activation(x)),
          range,
        ),
      ).toBeLessThan(1e-5);
    const reductions = [tf.mean, tf.sum, tf.max, tf.min, tf.logSumExp];
    for (const reduction of reductions)
      expect(
        await disagreement(
          withGradients((x) => reduction(x, [1, 2])),
          range,
        ),
      ).toBeLessThan(1e-5);
    const normalise = (x: tf.Tensor, offset: tf.Tensor, scale: tf.Tensor) => {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      return tf.batchNorm(
        x as tf.Tensor4D,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
        1e-3,
      );
    };
    expect(await disagreement(withGradients(normalise), range, example([5], 8), example([5], 9, 0.5, 1))).toBeLessThan(2e-5);
    expect(
      await disagreement(
        // Without padding, whose share of a gradient the cpu backend loses (see avg-pool-grad).
        withGradients((x) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid')),
        range,
      ),
    ).toBeLessThan(1e-5);
    expect(
      await disagreement(
        withGradients((x, slopes) => tf.prelu(x, slopes)),
        range,
        example([5], 10),
      ),
    ).toBeLessThan(1e-5);
  });
});
