import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disagreement, type Example, example, relativeError, runOn, withGradients } from '../../tests/compare';
import { maxPoolOf, maxPoolReference, poolCase, withFinite, withSpecials } from '../../tests/pools';
import { enableTrainingKernels, type TrainingKernels } from '../enable-training-kernels';

const settings = { seed: 21, numRuns: 50 };
// Mixed signs, all negative, all positive, and all zero (nothing but ties).
const range = fc.constantFrom([-1, 1], [-2, -1], [1, 2], [0, 0]);
const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 0.5];

/** A one-channel image of 2 x 2. */
const image = (...values: number[]): Example => ({ values: Float32Array.from(values), shape: [1, 2, 2, 1] });
const poolOfFour = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid');
const gradientOfPool = ([x]: tf.Tensor[]) => tf.grad((input: tf.Tensor) => tf.sum(poolOfFour(input)))(x!);

/** One number in three is special, and there are many ties among the others. */
function withSpecialValues({ values, shape }: Example): Example {
  return { values: values.map((value, index) => (index % 3 ? Math.round(value * 2) / 2 : specials[Math.floor(value * 97) % 6]!)), shape };
}

let training: TrainingKernels;
beforeAll(async () => {
  training = await enableTrainingKernels();
});
afterAll(() => training.disable());

describe('max pools on wasm', () => {
  it('agree with the cpu backend, output and gradient, for windows of any sign', async () => {
    await fc.assert(
      fc.asyncProperty(poolCase, range, async (pool, [low, high]) => {
        const images = example(pool.shape, pool.seed, low, high);
        const expected = await runOn('cpu', withGradients(maxPoolReference(pool)), [images]);
        const answer = await runOn('wasm', withGradients(maxPoolOf(pool)), [images]);
        expect(relativeError([withSpecials(expected[0]!), expected[1]!], answer)).toBeLessThan(1e-5);
        // The output of the cpu backend itself, whose gradient is lost at the rim of a pool that rounds up.
        expect(await disagreement(([x]) => maxPoolOf(pool)(x!), images)).toBe(0);
      }),
      settings,
    );
  });

  it('take NaN for the largest of all, and infinities for what they are', async () => {
    await fc.assert(
      fc.asyncProperty(poolCase, async (pool) => {
        const images = withSpecialValues(example(pool.shape, pool.seed, 0, 6));
        const [output, gradient] = await runOn('cpu', withGradients(maxPoolReference(pool)), [withFinite(images)]);
        const answer = await runOn('wasm', withGradients(maxPoolOf(pool)), [images]);
        expect(relativeError([withSpecials(output!), gradient!], answer)).toBeLessThan(1e-5);
      }),
      settings,
    );
  });

  it('agree with the cpu backend on the indices of maxPoolWithArgmax', async () => {
    await fc.assert(
      fc.asyncProperty(poolCase, range, fc.boolean(), async (pool, [low, high], includeBatch) => {
        const error = await disagreement(
          ([x]) => {
            const { result, indexes } = tf.maxPoolWithArgmax(x as tf.Tensor4D, pool.window, pool.strides, pool.pad as 'same', includeBatch);
            return [result!, indexes!];
          },
          example(pool.shape, pool.seed, low, high),
        );
        expect(error).toBe(0);
      }),
      settings,
    );
  });

  it('point maxPoolWithArgmax to the first NaN, and to the first pixel of a window of -Infinity', async () => {
    const argmax = ([x]: tf.Tensor[]) => Object.values(tf.maxPoolWithArgmax(x as tf.Tensor4D, 2, 2, 'valid'));
    const { NaN: nan, NEGATIVE_INFINITY: least } = Number;
    expect(await runOn('wasm', argmax, [image(1, nan, 3, nan)])).toEqual([[nan], [1]]);
    expect(await runOn('wasm', argmax, [image(least, least, least, least)])).toEqual([[least], [0]]);
  });

  it('leave maxPoolWithArgmax of integers to the stock kernel, which is right for them', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const x = tf.tensor4d([-4, -1, -3, -2], [1, 2, 2, 1], 'int32');
      const { result, indexes } = tf.maxPoolWithArgmax(x, 2, 2, 'valid');
      expect([result!.dtype, ...result!.dataSync(), ...indexes!.dataSync()]).toEqual(['int32', -1, 1]);
    });
  });

  it('agree with the cpu backend in three dimensions', async () => {
    const small = fc.integer({ min: 1, max: 3 });
    const volume = fc.record({
      sides: fc.tuple(fc.integer({ min: 3, max: 7 }), fc.integer({ min: 3, max: 7 }), fc.integer({ min: 3, max: 5 })),
      channels: fc.integer({ min: 1, max: 9 }),
      filter: small,
      stride: small,
      pad: fc.constantFrom('same', 'valid'),
      // No ties: among equal maxima the cpu backend takes the first in 2-D and the last in 3-D; we take the first.
      range: fc.constantFrom([-1, 1], [-2, -1], [1, 2]),
      seed: fc.nat(1e6),
    });
    await fc.assert(
      fc.asyncProperty(volume, async ({ sides, channels, filter, stride, pad, range: [low, high], seed }) => {
        const volumes = example([2, ...sides, channels], seed, low, high);
        const operation = (x: tf.Tensor) => tf.maxPool3d(x as tf.Tensor5D, filter, stride, pad as 'same');
        expect(await disagreement(withGradients(operation), volumes)).toBeLessThan(1e-5);
      }),
      { ...settings, numRuns: 25 },
    );
  });

  it('give the first of equal maxima the whole gradient', async () => {
    expect(await runOn('wasm', gradientOfPool, [image(-3, -1, -1, -1)])).toEqual([[0, 1, 0, 0]]);
    expect(await runOn('wasm', gradientOfPool, [image(-3, -0, 0, -0)])).toEqual([[0, 1, 0, 0]]);
    expect(await runOn('wasm', gradientOfPool, [image(-3, -1, 0, -0)])).toEqual([[0, 0, 1, 0]]);
  });

  it('give a NaN the gradient, and keep a window of -Infinity inside the image', async () => {
    expect(await runOn('wasm', gradientOfPool, [image(1, Number.NaN, 3, 2)])).toEqual([[0, 1, 0, 0]]);
    expect(await runOn('wasm', gradientOfPool, [image(-Infinity, -Infinity, -Infinity, -Infinity)])).toEqual([[1, 0, 0, 0]]);
  });

  it('show a NaN, which the cpu backend drops: when this fails, tfjs has mended it', async () => {
    const pool = ([x]: tf.Tensor[]) => poolOfFour(x!);
    expect(await runOn('wasm', pool, [image(1, Number.NaN, 3, 2)])).toEqual([[Number.NaN]]);
    expect(await runOn('cpu', pool, [image(1, Number.NaN, 3, 2)])).toEqual([[3]]);
  });
});
