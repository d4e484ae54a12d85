import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { numbersFor, seeds, specials } from '../tests/arbitrary';
import { disagreement, withGradients } from '../tests/compare';
import { enableTrainingKernels, type TrainingKernels } from './enable-training-kernels';

let training: TrainingKernels;
beforeAll(async () => {
  training = await enableTrainingKernels({ build: 'plain' });
});
afterAll(() => training.disable());

const upTo = (max: number) => fc.integer({ min: 1, max });

describe('the plain build agrees with the cpu backend', () => {
  it('is what runs when it is asked for', () => {
    expect(training.build).toBe('plain');
  });

  it('in convolutions and both their gradients', async () => {
    const shapes = fc.record({
      input: fc.tuple(upTo(3), fc.integer({ min: 4, max: 9 }), fc.integer({ min: 5, max: 13 }), fc.oneof(upTo(5), upTo(21))),
      filter: fc.tuple(upTo(4), upTo(5), fc.oneof(upTo(5), upTo(21))),
      strides: fc.tuple(upTo(3), upTo(3)),
      pad: fc.constantFrom('same' as const, 'valid' as const),
      seed: seeds,
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ input, filter: [height, width, columns], strides, pad, seed }) => {
        const operation = withGradients((x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad));
        const examples = [numbersFor(input, seed, 0), numbersFor([height, width, input[3], columns], seed + 1, 0)];
        expect(await disagreement(operation, ...examples)).toBeLessThan(1e-5);
      }),
      { numRuns: 150 },
    );
  });

  it('in matrix products, also of numbers that are not finite', async () => {
    const shapes = fc.record({ rows: upTo(20), inner: upTo(30), columns: upTo(20), special: specials, seed: seeds });
    await fc.assert(
      fc.asyncProperty(shapes, fc.boolean(), fc.boolean(), async ({ rows, inner, columns, special, seed }, left, right) => {
        const a = numbersFor(left ? [inner, rows] : [rows, inner], seed, special);
        const b = numbersFor(right ? [columns, inner] : [inner, columns], seed + 1, special);
        expect(await disagreement(([x, y]) => tf.matMul(x!, y!, left, right), a, b)).toBeLessThan(1e-5);
      }),
      { numRuns: 150 },
    );
  });
});
