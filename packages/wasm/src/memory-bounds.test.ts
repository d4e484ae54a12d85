import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { example } from '../tests/compare';
import { enableTrainingKernels } from './enable-training-kernels';

afterEach(async () => {
  (await enableTrainingKernels()).disable();
});

const weightShapes = [
  [3, 3, 1, 8],
  [3, 3, 8, 16],
  [3, 3, 16, 17],
  [3 * 3 * 17, 10],
] as const;

function loss(images: tf.Tensor, [first, second, third, dense]: readonly tf.Tensor[]): tf.Scalar {
  const one = tf.relu(tf.conv2d(images as tf.Tensor4D, first as tf.Tensor4D, 1, 'same'));
  const two = tf.maxPool(tf.relu(tf.conv2d(one as tf.Tensor4D, second as tf.Tensor4D, 1, 'same')) as tf.Tensor4D, 2, 2, 'valid');
  const three = tf.relu(tf.conv2d(two as tf.Tensor4D, third as tf.Tensor4D, 2, 'same'));
  const logits = tf.matMul(tf.reshape(three, [images.shape[0]!, -1]), dense!);
  return tf.mean(tf.logSumExp(logits, 1));
}

/** One step of plain descent; frees the weights it was given. */
function step(batch: number, weights: readonly tf.Tensor[]): tf.Tensor[] {
  const next = tf.tidy(() => {
    const images = tf.tensor(example([batch, 12, 12, 1], batch).values, [batch, 12, 12, 1]);
    const gradients = tf.grads((...given: tf.Tensor[]) => loss(images, given))([...weights]);
    return weights.map((weight, index) => tf.sub(weight, tf.mul(gradients[index]!, 0.01)));
  });
  tf.dispose([...weights]);
  return next;
}

const start = (): tf.Tensor[] => weightShapes.map((shape, index) => tf.tensor(example(shape, index, -0.1, 0.1).values, [...shape]));

describe('the memory of kernels', () => {
  it('that they work in does not grow with the batch', async () => {
    const bytes: number[] = [];
    for (const batch of [4, 64, 256]) {
      const training = await enableTrainingKernels();
      expect(training.scratchBytes()).toBe(0);
      tf.dispose(step(batch, start()));
      bytes.push(training.scratchBytes());
      training.disable();
    }
    expect(bytes[0]).toBeGreaterThan(0);
    expect(bytes).toEqual(bytes.map(() => bytes[0]));
  });

  it('is the same after three hundred steps of training as after ten', async () => {
    const training = await enableTrainingKernels();
    const backend = tf.backend() as unknown as { numDataIds(): number; wasm: { HEAPU8: Uint8Array } };
    const state = () => ({
      tensors: tf.memory().numTensors,
      blocks: backend.numDataIds(),
      heap: backend.wasm.HEAPU8.length,
      scratch: training.scratchBytes(),
    });
    let weights = start();
    for (let turn = 0; turn < 10; turn++) weights = step(16, weights);
    const before = state();
    for (let turn = 0; turn < 300; turn++) weights = step(16, weights);
    expect(state()).toEqual(before);
    tf.dispose(weights);
  });
});
