import '@tensorflow/tfjs-backend-wasm';
import { batchNormTraining } from '@groundstate/core';
import { enableTrainingKernels, type TrainingKernels } from '@groundstate/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** `batchNormTraining` of core finds the kernels of `@groundstate/wasm` at run time: only here are both at hand. */

const shape = [6, 5, 4, 3];
const wave = (size: number, step: number): Float32Array => Float32Array.from({ length: size }, (_, i) => Math.sin(step * i + 1));

const loss = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor): tf.Scalar => {
  const { y } = batchNormTraining(x, scale, offset, 1e-2);
  return tf.sum(tf.mul(tf.mul(y, tf.add(y, 2)), tf.tensor(wave(y.size, 0.7), y.shape)));
};

const inputs = (): tf.Tensor[] => [tf.tensor(wave(360, 0.3), shape), tf.tensor1d(wave(3, 1)), tf.tensor1d(wave(3, 2))];

/** Statistics, first derivatives, and those of a slope along a fixed direction. */
function derivatives(): number[][] {
  return tf.tidy(() => {
    const given = inputs();
    const { y, mean, variance } = batchNormTraining(given[0]!, given[1]!, given[2]!, 1e-2);
    const first = tf.grads(loss)(given);
    const slope = (x: tf.Tensor): tf.Scalar =>
      tf.sum(tf.mul(tf.grad((point: tf.Tensor) => loss(point, given[1]!, given[2]!))(x), tf.tensor(wave(360, 1.1), shape)));
    return [y, mean, variance, ...first, tf.grad(slope)(given[0]!)].map((tensor) => [...tensor.dataSync()]);
  });
}

let training: TrainingKernels;
beforeAll(async () => {
  training = await enableTrainingKernels();
});
afterAll(async () => {
  training.disable();
  await tf.setBackend('cpu');
});

describe('batch normalisation in training on the kernels of @groundstate/wasm', () => {
  it('has the values, statistics, gradients and second derivatives of the composition on cpu', async () => {
    await tf.setBackend('cpu');
    const reference = derivatives();
    await tf.setBackend('wasm');
    const before = tf.memory().numTensors;
    const answer = derivatives();
    expect(tf.memory().numTensors).toBe(before);
    reference.forEach((values, index) => {
      const scale = Math.max(1, ...values.map(Math.abs));
      expect(answer[index]).toHaveLength(values.length);
      expect(Math.max(...values.map((value, at) => Math.abs(value - answer[index]![at]!))) / scale).toBeLessThan(2e-5);
    });
  });

  it('runs one kernel forward and one backward', async () => {
    await tf.setBackend('wasm');
    const [x, scale, offset] = inputs() as [tf.Tensor, tf.Tensor, tf.Tensor];
    const dy = tf.ones(shape);
    const { kernelNames } = await tf.profile(() =>
      tf.tidy(() =>
        tf.grads((...given: tf.Tensor[]) => batchNormTraining(given[0]!, given[1]!, given[2]!, 1e-3).y)([x, scale, offset], dy),
      ),
    );
    for (const tensor of [x, scale, offset, dy]) tensor.dispose();
    // 'forward' is how customGrad names itself; Identity copies nothing.
    const costly = kernelNames.filter((name) => name !== 'forward' && name !== 'Identity');
    expect(costly.sort()).toEqual(['BatchNormTraining', 'BatchNormTrainingGrad']);
  });
});
