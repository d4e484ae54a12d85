import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { disagreement, type Example, example, runOn, withGradients } from '../../tests/compare';
import { enableTrainingKernels } from '../enable-training-kernels';

const small = fc.integer({ min: 1, max: 3 });
const pool = fc.record({
  sides: fc.tuple(fc.integer({ min: 3, max: 7 }), fc.integer({ min: 3, max: 7 }), fc.integer({ min: 3, max: 5 })),
  batch: small,
  channels: fc.integer({ min: 1, max: 9 }),
  filter: small,
  stride: small,
  pad: fc.constantFrom('same', 'valid'),
  // Mixed signs, all negative, all positive, and all zero (nothing but ties).
  range: fc.constantFrom([-1, 1], [-2, -1], [1, 2], [0, 0]),
  seed: fc.nat(1e6),
});
const settings = { seed: 21, numRuns: 60 };

/** A one-channel image of 2 x 2. */
const image = (...values: number[]): Example => ({ values: Float32Array.from(values), shape: [1, 2, 2, 1] });
const gradientOfPool = ([x]: tf.Tensor[]) => tf.grad((input: tf.Tensor) => tf.sum(tf.maxPool(input as tf.Tensor4D, 2, 2, 'valid')))(x!);

beforeAll(async () => {
  await enableTrainingKernels();
});

describe('max pools on wasm', () => {
  it('agree with the cpu backend, output and gradient, for windows of any sign', async () => {
    await fc.assert(
      fc.asyncProperty(pool, async ({ sides, batch, channels, filter, stride, pad, range, seed }) => {
        const images = example([batch, sides[0], sides[1], channels], seed, range[0], range[1]);
        const operation = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, filter, stride, pad as 'same');
        expect(await disagreement(withGradients(operation), images)).toBeLessThan(1e-5);
      }),
      settings,
    );
  });

  it('agree with the cpu backend on the indices of maxPoolWithArgmax', async () => {
    await fc.assert(
      fc.asyncProperty(pool, fc.boolean(), async ({ sides, batch, channels, filter, stride, pad, range, seed }, includeBatch) => {
        const images = example([batch, sides[0], sides[1], channels], seed, range[0], range[1]);
        const error = await disagreement(([x]) => {
          const { result, indexes } = tf.maxPoolWithArgmax(x as tf.Tensor4D, filter, stride, pad as 'same', includeBatch);
          return [result!, indexes!];
        }, images);
        expect(error).toBe(0);
      }),
      settings,
    );
  });

  it('agree with the cpu backend in three dimensions', async () => {
    await fc.assert(
      fc.asyncProperty(pool, async ({ sides, channels, filter, stride, pad, range, seed }) => {
        // No ties: among equal maxima the cpu backend takes the first in 2-D and the last in 3-D; we take the first.
        const [low, high] = range[0] === range[1] ? [-1, 1] : range;
        const volumes = example([2, ...sides, channels], seed, low, high);
        const operation = (x: tf.Tensor) => tf.maxPool3d(x as tf.Tensor5D, filter, stride, pad as 'same');
        expect(await disagreement(withGradients(operation), volumes)).toBeLessThan(1e-5);
      }),
      { ...settings, numRuns: 25 },
    );
  });

  it('give the first of equal maxima the whole gradient', async () => {
    expect(await runOn('wasm', gradientOfPool, [image(-3, -1, -1, -1)])).toEqual([[0, 1, 0, 0]]);
  });

  it('give a NaN the gradient, and keep a window of -Infinity inside the image', async () => {
    expect(await runOn('wasm', gradientOfPool, [image(1, Number.NaN, 3, 2)])).toEqual([[0, 1, 0, 0]]);
    expect(await runOn('wasm', gradientOfPool, [image(-Infinity, -Infinity, -Infinity, -Infinity)])).toEqual([[1, 0, 0, 0]]);
  });
});
