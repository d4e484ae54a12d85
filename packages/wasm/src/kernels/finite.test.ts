import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { example } from '../../tests/compare';
import { enableTrainingKernels } from '../enable-training-kernels';
import { runKernel } from '../training-gradient';

beforeAll(async () => {
  await enableTrainingKernels();
});
beforeEach(async () => {
  await tf.setBackend('wasm');
});

const resultOf = (kernel: string, rows: readonly ArrayLike<number>[]): number =>
  tf.tidy(() => {
    const inputs = Object.fromEntries(rows.map((row, index) => [index, tf.tensor1d(Float32Array.from(row))]));
    return runKernel(kernel, inputs).dataSync()[0]!;
  });

describe('AllFinite', () => {
  it('finds one number that is not finite wherever it is, in any of the tensors, and no other', () => {
    const rows = fc.array(fc.array(fc.float({ noDefaultInfinity: true, noNaN: true }), { maxLength: 21 }), { maxLength: 4 });
    const broken = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    fc.assert(
      fc.property(rows, broken, fc.nat(), (values, wrong, place) => {
        expect(resultOf('AllFinite', values)).toBe(1);
        const total = values.flat().length;
        if (total === 0) return;
        let left = place % total;
        const spoilt = values.map((row) => row.map((number) => (left-- === 0 ? wrong : number)));
        expect(spoilt.flat().filter((number) => !Number.isFinite(number))).toHaveLength(1);
        expect(resultOf('AllFinite', spoilt)).toBe(0);
      }),
      { numRuns: 150, seed: 1 },
    );
    expect(resultOf('AllFinite', [[3.4e38, -3.4e38, 1e-45, -0]])).toBe(1);
  });

  it('is a boolean scalar, and integers are finite', () => {
    tf.tidy(() => {
      // The bits of this integer are those of infinity.
      const verdict = runKernel('AllFinite', { integers: tf.tensor1d([0x7f800000, 1, 2, 3], 'int32') });
      expect([verdict.dtype, verdict.shape, verdict.dataSync()[0]]).toEqual(['bool', [], 1]);
    });
  });
});

describe('SquaredNorm', () => {
  it('is the sum of all squares, rounded once', () => {
    const rows = [[], [3], [4, 0, -5], example([7, 11], 1).values, example([50_001], 2, -3, 3).values, example([16_384], 3).values];
    const exact = rows.flatMap((row) => Array.from(row)).reduce((sum, number) => sum + number * number, 0);
    // The order of the double sums differs: some 2^-53 of it, far below the last place of a float.
    expect(Math.abs(resultOf('SquaredNorm', rows) / exact - 1)).toBeLessThan(2 ** -24 + 1e-12);
    expect(resultOf('SquaredNorm', [[3, 4], [12]])).toBe(169);
    expect(resultOf('SquaredNorm', [])).toBe(0);
  });

  it('NaN and infinities come through, and a square beyond float32 is infinite', () => {
    expect(resultOf('SquaredNorm', [[1, Number.NaN, 2, 3, 4], [1]])).toBeNaN();
    expect(resultOf('SquaredNorm', [[1], [1, 2, 3, 4, Number.NEGATIVE_INFINITY]])).toBe(Number.POSITIVE_INFINITY);
    expect(resultOf('SquaredNorm', [[1e20]])).toBe(Number.POSITIVE_INFINITY);
  });

  it('refuses integers', () => {
    tf.tidy(() => {
      expect(() => runKernel('SquaredNorm', { a: tf.zeros([2]), b: tf.zeros([2], 'int32') })).toThrow(
        'SquaredNorm: expected `b` to be float32, got "int32". Cast it first.',
      );
    });
  });
});

it('neither kernel leaves tensors', () => {
  const before = tf.memory().numTensors;
  resultOf('AllFinite', [[1], [2]]);
  resultOf('SquaredNorm', [[1], [2]]);
  expect(tf.memory().numTensors).toBe(before);
});
