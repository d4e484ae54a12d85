import { availableParallelism } from 'node:os';
import { leakedTensors } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { backends } from '../backend/backends';
import { measureBackend } from './measure-backend';

const wasm = backends.find(({ name }) => name === 'wasm')!;

it('takes the time of a step and of an input gradient, and leaves no tensors', async () => {
  let speed: Awaited<ReturnType<typeof measureBackend>> | undefined;
  const leaked = await leakedTensors(async () => {
    speed = await measureBackend(wasm);
  });
  expect(leaked).toBe(0);
  expect(tf.getBackend()).toBe('wasm');
  // Both are forward and backward passes of 32 images, 1.6 million products each way at the least: they take time, but not for ever.
  expect(speed!.trainingStep).toBeGreaterThan(0.1);
  expect(speed!.inputGradient).toBeGreaterThan(0.1);
  expect(speed!.trainingStep).toBeLessThan(30_000);
  expect(speed!.threads).toBe(Math.min(8, availableParallelism()));
  expect(['relaxed', 'plain']).toContain(speed!.build);
  expect(speed).not.toHaveProperty('notices');
});

it('passes on what the start of the backend has to say: fewer threads than wanted, here', async () => {
  const wanted = availableParallelism() === 1 ? 2 : 1;
  vi.stubEnv('GROUNDSTATE_THREADS', String(wanted));
  try {
    const { notices } = await measureBackend(wasm);
    expect(notices).toEqual([expect.stringMatching(/^enableTrainingKernels: the kernels are enabled already, with /)]);
  } finally {
    vi.unstubAllEnvs();
  }
});

it('rejects a backend whose gradients are wrong', async () => {
  const ours = tf.getKernel('MaxPoolGrad', 'wasm');
  tf.unregisterKernel('MaxPoolGrad', 'wasm');
  tf.registerKernel({ ...ours, kernelFunc: ({ inputs }) => tf.zerosLike(inputs.input as tf.Tensor) });
  try {
    await expect(measureBackend({ ...wasm, name: 'wrong' })).rejects.toThrow('its gradient of the');
  } finally {
    tf.unregisterKernel('MaxPoolGrad', 'wasm');
    tf.registerKernel(ours);
  }
});

it('rejects a backend that cannot be loaded', async () => {
  await expect(measureBackend({ name: 'x', engine: 'x', packages: ['@groundstate/no-such-package'] })).rejects.toThrow('no-such-package');
});
