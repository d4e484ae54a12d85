import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { enableTrainingKernels } from '../enable-training-kernels';

const small = [1, 1e-6, 1e-7, 3e-8, 1e-20, 1e-38];
const values = [...small, ...small.map((value) => -value), 0];

beforeAll(async () => {
  await tf.setBackend('wasm');
});

describe('pointwise kernels near zero', () => {
  it('the stock sign is 0 below float32 epsilon: when this fails, tfjs has mended it', async () => {
    const training = await enableTrainingKernels();
    training.disable();
    expect([...tf.sign(tf.tensor1d([1e-8, -1e-8])).dataSync()]).toEqual([0, 0]);
  });

  it('the sign of every number is its own, however small', async () => {
    await enableTrainingKernels();
    expect([...tf.sign(tf.tensor1d(values)).dataSync()]).toEqual(values.map(Math.sign));
    expect([...tf.sign(tf.tensor1d([Number.NaN, Number.POSITIVE_INFINITY])).dataSync()]).toEqual([0, 1]);
  });

  it('log(1 + x) is x to first order, where 1 + x rounds to 1', async () => {
    await enableTrainingKernels();
    const computed = tf.log1p(tf.tensor1d(small)).dataSync();
    for (const [i, value] of small.entries()) expect(Math.abs(computed[i]! / Math.log1p(Math.fround(value)) - 1)).toBeLessThan(1e-6);
  });

  it('integers stay with the stock kernel', async () => {
    await enableTrainingKernels();
    expect([...tf.sign(tf.tensor1d([-3, 0, 5], 'int32')).dataSync()]).toEqual([-1, 0, 1]);
  });
});
