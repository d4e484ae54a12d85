import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { numbersFor, seeds, specials } from '../../tests/arbitrary';
import { disagreementOfSums } from '../../tests/compare';
import { enableTrainingKernels } from '../enable-training-kernels';

beforeAll(async () => {
  await enableTrainingKernels();
});

const size = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 20 }) }, { weight: 1, arbitrary: fc.constant(0) });
const inner = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 30 }) },
  { weight: 1, arbitrary: fc.integer({ min: 390, max: 1210 }) },
);

const products = fc.record({
  rows: size,
  columns: size,
  inner,
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  outer: fc.constantFrom<readonly [readonly number[], readonly number[]]>(
    [[], []],
    [[], []],
    [[3], [3]],
    [[3], [1]],
    [[1], [2]],
    [
      [2, 3],
      [2, 3],
    ],
    [[], [4]],
  ),
  special: specials,
  seed: seeds,
});

function sides({
  rows,
  columns,
  inner: length,
  transposeA,
  transposeB,
  outer,
  special,
  seed,
}: typeof products extends fc.Arbitrary<infer Given> ? Given : never) {
  const a = [...outer[0], ...(transposeA ? [length, rows] : [rows, length])];
  const b = [...outer[1], ...(transposeB ? [columns, length] : [length, columns])];
  return [numbersFor(a, seed, special), numbersFor(b, seed + 1, special)] as const;
}

describe('matrix products on wasm', () => {
  it('agree with the cpu backend for all sizes, sides, batches and numbers', async () => {
    await fc.assert(
      fc.asyncProperty(products, async (given) => {
        const { transposeA, transposeB } = given;
        expect(await disagreementOfSums(given.inner, ([a, b]) => tf.matMul(a!, b!, transposeA, transposeB), ...sides(given))).toBeLessThan(
          1e-5,
        );
      }),
      { numRuns: 400 },
    );
  });

  it('agree with it with a bias and any activation', async () => {
    const activations = fc.constantFrom('linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu' as const);
    await fc.assert(
      fc.asyncProperty(products, activations, async (given, activation) => {
        const { transposeA, transposeB, columns, seed } = given;
        // The cpu backend makes zeros of nothing, and says so of a product without an inner side.
        fc.pre(columns > 0 && given.rows > 0);
        const fused = ([a, b, bias, slopes]: tf.Tensor[]): tf.Tensor =>
          tf.fused.matMul({
            a: a!,
            b: b!,
            bias: bias!,
            transposeA,
            transposeB,
            activation: activation as 'relu',
            leakyreluAlpha: 0.1,
            ...(activation === 'prelu' ? { preluActivationWeights: slopes! } : {}),
          });
        const extra = [numbersFor([columns], seed + 2, 0), numbersFor([columns], seed + 3, 0)];
        expect(await disagreementOfSums(given.inner, fused, ...sides({ ...given, special: 0 }), ...extra)).toBeLessThan(1e-5);
      }),
      { numRuns: 200 },
    );
  });
});
