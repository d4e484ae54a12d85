import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { beforeAll, expect, it } from 'vitest';
import { enableTrainingKernels } from '../enable-training-kernels';
import { addressOf, type WasmBackend } from '../heap';

const backend = (): WasmBackend => tf.backend() as unknown as WasmBackend;

beforeAll(async () => {
  await tf.setBackend('wasm');
});

it('the stock kernel copies: when this fails, tfjs has mended it', async () => {
  (await enableTrainingKernels()).disable();
  tf.tidy(() => {
    const x = tf.tensor1d([1, 2]);
    expect(addressOf(backend(), tf.clone(x))).not.toBe(addressOf(backend(), x));
  });
});

it('a clone lies where its original does, and outlives it', async () => {
  await enableTrainingKernels();
  const before = tf.memory();
  for (const dtype of ['float32', 'int32', 'bool'] as const) {
    const x = tf.tensor2d([1, 0, 1], [3, 1], dtype);
    const clone = tf.clone(x);
    expect(addressOf(backend(), clone)).toBe(addressOf(backend(), x));
    expect([clone.shape, clone.dtype]).toEqual([[3, 1], dtype]);
    x.dispose();
    const noise = tf.fill([3, 1], 7);
    expect(Array.from(clone.dataSync())).toEqual([1, 0, 1]);
    tf.dispose([noise, clone]);
  }
  expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers, numBytes: before.numBytes });
});

it('a variable that is assigned does not carry its clone along', async () => {
  await enableTrainingKernels();
  const variable = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
  const kept = tf.clone(variable);
  tf.tidy(() => variable.assign(tf.tensor1d([3, 4]) as tf.Tensor1D));
  expect([Array.from(kept.dataSync()), Array.from(variable.dataSync())]).toEqual([
    [1, 2],
    [3, 4],
  ]);
  tf.dispose([kept, variable]);
});

it('the gradient of a clone is its own, and strings are cloned too', async () => {
  await enableTrainingKernels();
  tf.tidy(() => {
    const gradient = tf.grad((x) => tf.sum(tf.mul(tf.clone(x), x)))(tf.tensor1d([3, -2]));
    expect(Array.from(gradient.dataSync())).toEqual([6, -4]);
    expect(Array.from(tf.clone(tf.tensor1d(['a', 'b'])).dataSync())).toEqual(['a', 'b']);
  });
});
