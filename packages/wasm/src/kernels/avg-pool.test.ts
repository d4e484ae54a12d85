import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disagreement, type Example, example, relativeError, runOn, withGradients } from '../../tests/compare';
import { averagePoolOf, averagePoolReference, poolCase } from '../../tests/pools';
import { enableTrainingKernels, type TrainingKernels } from '../enable-training-kernels';

const settings = { seed: 22, numRuns: 50 };

let training: TrainingKernels;
beforeAll(async () => {
  training = await enableTrainingKernels();
});
afterAll(() => training.disable());

const gradientOfSum =
  (pool: (x: tf.Tensor) => tf.Tensor) =>
  ([x]: tf.Tensor[]): tf.Tensor =>
    tf.grad((input: tf.Tensor) => tf.sum(pool(input)))(x!);

describe('average pools on wasm', () => {
  it('agree with the cpu backend, and their gradient with that of a pool of padded images', async () => {
    await fc.assert(
      fc.asyncProperty(poolCase, async (pool) => {
        const images = example(pool.shape, pool.seed);
        const expected = await runOn('cpu', withGradients(averagePoolReference(pool)), [images]);
        const answer = await runOn('wasm', withGradients(averagePoolOf(pool)), [images]);
        expect(relativeError([expected[0]!], [answer[0]!])).toBeLessThan(1e-5);
        expect(relativeError([expected[1]!], [answer[1]!])).toBeLessThan(1e-5);
        expect(await disagreement(([x]) => averagePoolOf(pool)(x!), images)).toBeLessThan(1e-5);
      }),
      settings,
    );
  });

  it('agree with the cpu backend on NaN, infinities and negative zeros', async () => {
    const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 3, -2];
    await fc.assert(
      fc.asyncProperty(poolCase, async (pool) => {
        const { values, shape } = example(pool.shape, pool.seed, 0, 12);
        const images: Example = { values: values.map((value) => specials[Math.floor(value)] ?? value), shape };
        expect(await disagreement(([x]) => averagePoolOf(pool)(x!), images)).toBeLessThan(1e-5);
      }),
      settings,
    );
  });

  it('keep the precision of a mean of many pixels', async () => {
    // 9216 times 0.1, added up one by one in float32, is off by 2e-5.
    const images: Example = { values: new Float32Array(96 * 96 * 5).fill(0.1), shape: [1, 96, 96, 5] };
    const [means] = await runOn('wasm', ([x]) => tf.avgPool(x as tf.Tensor4D, 96, 1, 'valid'), [images]);
    for (const mean of means!) expect(Math.abs(mean / Math.fround(0.1) - 1)).toBeLessThan(3e-6);
  });

  it('share a gradient among the pixels inside the image; elsewhere the padding has its share, and when this fails tfjs has mended it', async () => {
    const gradient = gradientOfSum((x) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'same'));
    // The second window of this image of 1 x 3 has one pixel, whose mean is that pixel.
    const images: Example = { values: Float32Array.of(5, 6, 7), shape: [1, 1, 3, 1] };
    expect(await runOn('wasm', gradient, [images])).toEqual([[0.5, 0.5, 1]]);
    expect(await runOn('cpu', gradient, [images])).toEqual([[0.25, 0.25, 0.25]]);
    training.disable();
    expect(await runOn('wasm', gradient, [images])).toEqual([[0.25, 0.25, 0.25]]);
    training = await enableTrainingKernels();
  });

  it('give the windows that rounding up adds their gradient, which tfjs forgets: when this fails, it has mended it', async () => {
    const gradient = gradientOfSum((x) => tf.avgPool(x as tf.Tensor4D, [1, 1], [1, 2], 0, 'ceil'));
    const largest = gradientOfSum((x) =>
      tf.maxPool(
        x as tf.Tensor4D,
        [1, 2],
        [1, 2],
        [
          [0, 0],
          [0, 0],
          [0, 0],
          [0, 0],
        ],
        'ceil',
      ),
    );
    const images: Example = { values: Float32Array.of(5, 6, 7), shape: [1, 1, 3, 1] };
    expect(await runOn('wasm', gradient, [images])).toEqual([[1, 0, 1]]);
    expect(await runOn('wasm', largest, [images])).toEqual([[0, 1, 1]]);
    expect(await runOn('cpu', largest, [images])).toEqual([[0, 1, 0]]);
  });
});
