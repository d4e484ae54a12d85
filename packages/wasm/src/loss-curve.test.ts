import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { example } from '../tests/compare';
import { enableTrainingKernels } from './enable-training-kernels';

const STEPS = 500;
const BATCH = 8;
const EXAMPLES = 64;

const images = example([EXAMPLES, 8, 8, 1], 1);
/** Whether the upper half is brighter than the lower, and the left than the right: something to learn. */
const labels = Int32Array.from({ length: EXAMPLES }, (_, image) => {
  let [upper, left] = [0, 0];
  for (let pixel = 0; pixel < 64; pixel++) {
    const value = images.values[image * 64 + pixel]!;
    upper += pixel < 32 ? value : -value;
    left += pixel % 8 < 4 ? value : -value;
  }
  return 2 * Number(upper > 0) + Number(left > 0);
});

const shapes = [[3, 3, 1, 4], [4], [3, 3, 4, 8], [8], [32, 4], [4]];

/** Convolutions, a max pool, a dense layer, cross-entropy, Adam: the losses of all steps. */
async function lossCurve(backend: 'cpu' | 'wasm'): Promise<number[]> {
  await tf.setBackend(backend);
  const weights = shapes.map((shape, i) => tf.variable(tf.tensor(example(shape, i + 2, -0.3, 0.3).values, shape)));
  const optimiser = tf.train.adam(2e-3);
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const first = (step * BATCH) % EXAMPLES;
    const loss = tf.tidy(() => {
      const x = tf.tensor4d(images.values.slice(first * 64, (first + BATCH) * 64), [BATCH, 8, 8, 1]);
      const hot = tf.oneHot(tf.tensor1d(labels.slice(first, first + BATCH), 'int32'), 4);
      const [filter1, bias1, filter2, bias2, kernel, bias3] = weights as unknown as [
        tf.Tensor4D,
        tf.Tensor,
        tf.Tensor4D,
        tf.Tensor,
        tf.Tensor2D,
        tf.Tensor,
      ];
      const evaluate = (): tf.Scalar => {
        const one = tf.maxPool(tf.relu(tf.add(tf.conv2d(x, filter1, 1, 'same'), bias1)) as tf.Tensor4D, 2, 2, 'valid');
        const two = tf.relu(tf.add(tf.conv2d(one, filter2, 2, 'same'), bias2));
        return tf.losses.softmaxCrossEntropy(hot, tf.add(tf.matMul(tf.reshape(two, [BATCH, 32]) as tf.Tensor2D, kernel), bias3));
      };
      return optimiser.minimize(evaluate, true) as tf.Scalar;
    });
    losses.push(loss.dataSync()[0]!);
    loss.dispose();
  }
  tf.dispose(weights);
  optimiser.dispose();
  return losses;
}

it('five hundred steps of training follow the loss curve of the cpu backend to float noise', async () => {
  const reference = await lossCurve('cpu');
  await enableTrainingKernels();
  const losses = await lossCurve('wasm');
  // It learns: the curve is no straight line that anything would follow.
  expect(reference.at(-1)!).toBeLessThan(0.2 * reference[0]!);
  const distances = losses.map((loss, step) => Math.abs(loss - reference[step]!));
  expect(Math.max(...distances.slice(0, 50))).toBeLessThan(1e-5);
  expect(Math.max(...distances)).toBeLessThan(1e-3);
});
