import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Computation, disagreement, type Example, example, withGradients } from '../tests/compare';
import { checkCoreVersion, enableTrainingKernels } from './enable-training-kernels';
import { TrainingKernelError } from './errors';

/** The gradient of a 2 x 2 max pool of negative numbers, which stock tfjs gets wrong. */
async function gradientOfNegativePool(): Promise<number[]> {
  await tf.setBackend('wasm');
  return tf.tidy(() => {
    const pool = (x: tf.Tensor) => tf.sum(tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'));
    return [
      ...tf
        .grad(pool)(tf.tensor4d([-4, -1, -3, -2], [1, 2, 2, 1]))
        .dataSync(),
    ];
  });
}

async function gradientOfFilter(): Promise<number[]> {
  await tf.setBackend('wasm');
  return tf.tidy(() => {
    const convolve = (filter: tf.Tensor) => tf.sum(tf.conv2d(tf.ones([1, 2, 2, 1]) as tf.Tensor4D, filter as tf.Tensor4D, 1, 'valid'));
    return [
      ...tf
        .grad(convolve)(tf.ones([1, 1, 1, 1]))
        .dataSync(),
    ];
  });
}

afterEach(async () => {
  vi.restoreAllMocks();
  (await enableTrainingKernels()).disable();
});

describe('enableTrainingKernels', () => {
  it('mends the stock backend, and disable() brings it back with its bugs', async () => {
    const training = await enableTrainingKernels();
    expect(await gradientOfNegativePool()).toEqual([0, 1, 0, 0]);
    expect(await gradientOfFilter()).toEqual([4]);
    training.disable();
    // A canary: when tfjs mends its kernels these fail, and ours may go.
    expect(await gradientOfNegativePool()).not.toEqual([0, 1, 0, 0]);
    await expect(gradientOfFilter()).rejects.toThrow("Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'");
  });

  it('is still needed: stock tfjs is still wrong where the kernels say so', async () => {
    const cases: readonly (readonly [string, Computation, ...Example[]])[] = [
      [
        'a fused product with a transposed side',
        ([a, b, bias]) => tf.fused.matMul({ a: a!, b: b!, bias: bias!, transposeB: true, activation: 'relu' }),
        example([5, 100], 1),
        example([7, 100], 2),
        example([7], 3),
      ],
      ['a max pool in 3-D', ([x]) => tf.maxPool3d(x as tf.Tensor5D, 2, 2, 'same'), example([1, 4, 4, 4, 1], 1, -2, -1)],
      [
        'the gradients of a 3-D convolution',
        withGradients((x, w) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, 1, 'valid')),
        example([1, 4, 4, 4, 2], 1),
        example([2, 2, 2, 2, 3], 2),
      ],
      [
        'a stride that steps over pixels',
        ([x, w]) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 3, 'same'),
        example([1, 6, 6, 1], 1),
        example([2, 2, 1, 1], 2),
      ],
      ['a cast to bool', ([x]) => tf.cast(x!, 'bool'), example([20], 1)],
    ];
    for (const [name, computation, ...examples] of cases) {
      expect(await disagreement(computation, ...examples), name).toBeGreaterThan(1e-2);
      const training = await enableTrainingKernels();
      expect(await disagreement(computation, ...examples), name).toBeLessThan(1e-5);
      training.disable();
    }
  });

  it('registers nothing twice and warns of nothing', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const before = tf.getKernelsForBackend('wasm').length;
    const training = await enableTrainingKernels();
    const after = tf.getKernelsForBackend('wasm').length;
    expect(await enableTrainingKernels()).toBe(training);
    expect(tf.getKernelsForBackend('wasm')).toHaveLength(after);
    expect(training.kernels).toHaveLength(new Set(training.kernels).size);
    training.disable();
    training.disable();
    expect(tf.getKernelsForBackend('wasm')).toHaveLength(before);
    expect(warn).not.toHaveBeenCalled();
  });

  it('leaves alone a kernel that somebody registered over ours', async () => {
    const stock = tf.getKernel('MaxPool', 'wasm');
    const training = await enableTrainingKernels();
    const theirs: tf.KernelConfig = { ...tf.getKernel('MaxPoolGrad', 'wasm') };
    tf.unregisterKernel('MaxPoolGrad', 'wasm');
    tf.registerKernel(theirs);
    training.disable();
    expect(tf.getKernel('MaxPoolGrad', 'wasm')).toBe(theirs);
    expect(tf.getKernel('MaxPool', 'wasm')).toBe(stock);
  });

  it('refuses another tfjs than the one it knows', () => {
    expect(() => checkCoreVersion('4.22.1')).not.toThrow();
    expect(() => checkCoreVersion('4.23.0')).toThrow(TrainingKernelError);
    expect(() => checkCoreVersion('4.23.0')).toThrow(
      'enableTrainingKernels: expected `@tensorflow/tfjs-core` to be version 4.22.x, got "4.23.0". Install 4.22.0, or train without these kernels.',
    );
  });

  it('refuses when the wasm backend was never imported', async () => {
    const factory = tf.findBackendFactory('wasm');
    tf.removeBackend('wasm');
    await expect(enableTrainingKernels()).rejects.toThrow(
      "enableTrainingKernels: expected `backend` to be registered under the name 'wasm', got null. Import '@tensorflow/tfjs-backend-wasm' first.",
    );
    tf.registerBackend('wasm', factory, 3);
    const training = await enableTrainingKernels();
    // A backend that starts after the kernels were put in place is set up like any other.
    expect(await gradientOfNegativePool()).toEqual([0, 1, 0, 0]);
    training.disable();
  });
});
