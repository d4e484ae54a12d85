import { leakedTensors } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { chooseBackend } from './choose-backend';
import { checkGradients } from './gradient-check';

describe('chooseBackend', () => {
  it('takes the best that works and says why not the others', async () => {
    const { name, passedOver } = await chooseBackend('auto');
    expect(['node-gpu', 'node', 'webgpu', 'wasm', 'cpu']).toContain(name);
    for (const line of passedOver) expect(line).toMatch(/^(node-gpu|node|webgpu|wasm): .+/);
  });

  it('takes the one that was asked for', async () => {
    expect(await chooseBackend('cpu')).toEqual({ name: 'cpu', passedOver: [], notices: [] });
    expect(tf.getBackend()).toBe('cpu');
    expect(await chooseBackend('wasm')).toMatchObject({ name: 'wasm', passedOver: [] });
    expect(tf.getBackend()).toBe('wasm');
  });

  it('never falls back from a choice', async () => {
    await expect(chooseBackend('cuda')).rejects.toThrow(
      'expected `--backend` to be one of auto, node-gpu, node, webgpu, wasm, cpu, got "cuda".',
    );
    const missing = ['node-gpu', 'node', 'webgpu'];
    const { passedOver } = await chooseBackend('auto');
    for (const name of missing.filter((one) => passedOver.some((line) => line.startsWith(`${one}:`)))) {
      await expect(chooseBackend(name)).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(
          `^backend: expected \`--backend\` to be one that works here, got ${name}: .+\\. groundstate doctor says`,
        ),
      });
    }
  });
});

describe('checkGradients', () => {
  it('passes a backend that is right, and leaves no tensors', async () => {
    expect(await leakedTensors(() => checkGradients('wasm'))).toBe(0);
  });

  it('fails a backend whose pooling gradient is wrong, as that of stock wasm is', async () => {
    const ours = tf.getKernel('MaxPoolGrad', 'wasm');
    tf.unregisterKernel('MaxPoolGrad', 'wasm');
    tf.registerKernel({ ...ours, kernelFunc: ({ inputs }) => tf.zerosLike(inputs.input as tf.Tensor) });
    try {
      await expect(checkGradients('wasm')).rejects.toThrow(/its gradient of the (input|filter) is off by 1\.0e\+0 of its size/);
    } finally {
      tf.unregisterKernel('MaxPoolGrad', 'wasm');
      tf.registerKernel(ours);
    }
  });
});
