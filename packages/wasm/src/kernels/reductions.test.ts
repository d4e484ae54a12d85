import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { numbersFor, seeds, specials } from '../../tests/arbitrary';
import { runOn } from '../../tests/compare';
import { cancelling, createSharers, expectSameBits } from '../../tests/shares';
import { enableTrainingKernels, type TrainingKernels } from '../enable-training-kernels';
import { reductions } from './reductions';

let training: TrainingKernels;
beforeAll(async () => {
  training = await enableTrainingKernels();
});
afterAll(() => training.disable());

const axisLength = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 11 }) }, { weight: 1, arbitrary: fc.constant(0) });
const problem = fc.array(axisLength, { maxLength: 5 }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axes: fc.oneof(
      fc.constant(undefined),
      fc.subarray(shape.map((_, axis) => axis)),
      fc.subarray(shape.map((_, axis) => axis - shape.length)),
    ),
    keepDims: fc.boolean(),
  }),
);

/** The shape as a second output. */
const withShape = (y: tf.Tensor): tf.Tensor[] => [y, tf.tensor(y.shape, [y.rank])];

describe('reductions on wasm', () => {
  it('agree with cpu over any axes, NaN, infinities and empty tensors included', async () => {
    await fc.assert(
      fc.asyncProperty(problem, seeds, specials, async ({ shape, axes, keepDims }, seed, special) => {
        const x = numbersFor(shape, seed, special);
        const operations = [tf.sum, tf.mean, tf.max];
        const run = (backend: 'cpu' | 'wasm') =>
          runOn(backend, ([x]) => operations.flatMap((reduce) => withShape(reduce(x!, axes, keepDims))), [x]);
        const [reference, answer] = [await run('cpu'), await run('wasm')];
        reference.forEach((values, operation) => {
          expect(answer[operation]).toHaveLength(values.length);
          values.forEach((value, index) => {
            const given = answer[operation]![index]!;
            // The numbers lie in [-1, 1], so the size of a cell of `x` bounds what rounding may do. Scattered axes are stock, in floats.
            const near = Object.is(value, given) || value === given || Math.abs(value - given) <= 1e-6 * Math.max(1, Math.abs(value));
            if (!near) expect.fail(`output ${operation}, number ${index} is ${given}, not ${value}`);
          });
        });
      }),
      { seed: 11, numRuns: 150 },
    );
  });

  it('sum long rows and columns to the last bit of a float, and past overflows that cancel', async () => {
    const count = 300_007;
    const { values } = numbersFor([count], 3, 0);
    const shifted = values.map((value) => value + 1000);
    const exact = shifted.reduce((sum, value) => sum + value, 0);
    await tf.setBackend('wasm');
    const x = tf.tensor1d(shifted);
    expect(tf.tidy(() => tf.sum(x).dataSync()[0])).toBe(Math.fround(exact));
    expect(tf.tidy(() => tf.mean(x).dataSync()[0])).toBe(Math.fround(exact / count));
    expect(tf.tidy(() => [...tf.sum(tf.tensor1d([3e38, 3e38, -3e38])).dataSync()])).toEqual([Math.fround(3e38)]);
    expect(tf.tidy(() => [...tf.sum(tf.tensor2d([3e38, 1, 3e38, 1, -3e38, 1], [3, 2]), 0).dataSync()])).toEqual([Math.fround(3e38), 3]);
    x.dispose();
  });

  it('find a NaN wherever it stands, and the maximum of negative numbers', () => {
    for (const size of [1, 3, 4, 5, 8, 17]) {
      for (let at = 0; at < size; at++) {
        const values = Array.from({ length: size }, (_, index) => -5 - index);
        const missing = values.map((value, index) => (index === at ? Number.NaN : value));
        const above = values.map((value, index) => (index === at ? -2 : value));
        tf.tidy(() => {
          for (const width of [1, 3, 9]) {
            const over = (row: number[]) => [...tf.max(tf.tile(tf.tensor2d(row, [size, 1]), [1, width]), 0).dataSync()];
            expect(over(missing)).toEqual(Array(width).fill(Number.NaN));
            expect(over(above)).toEqual(Array(width).fill(-2));
          }
        });
      }
    }
  });

  it('of nothing leave no old memory behind', async () => {
    const empty = numbersFor([3, 0, 2], 1, 0);
    for (const [reduce, value] of [
      [tf.sum, 0],
      [tf.mean, 0],
      [tf.max, Number.NaN],
    ] as const) {
      expect(await runOn('wasm', ([x]) => reduce(x!, 1), [empty])).toEqual([Array(6).fill(value)]);
    }
  });

  it('of integers are stock: exact where a float would not be', () => {
    tf.tidy(() => {
      expect([...tf.sum(tf.tensor1d([2 ** 24, 1], 'int32')).dataSync()]).toEqual([2 ** 24 + 1]);
      expect([...tf.max(tf.tensor1d([2 ** 24, 2 ** 24 + 1], 'int32')).dataSync()]).toEqual([2 ** 24 + 1]);
    });
  });

  it('give an example the same bits in every batch', async () => {
    await tf.setBackend('wasm');
    for (const row of [[5], [784], [33, 7], [90_001], [70_000, 3]]) {
      tf.tidy(() => {
        const rows = [1, 2, 3, 4, 5].map((seed) => cancelling(row, seed));
        const batch = tf.stack(rows);
        for (const axes of [row.map((_, axis) => axis + 1), [1]]) {
          for (const reduce of [tf.sum, tf.mean, tf.max]) {
            const whole = reduce(batch, axes).arraySync() as unknown[];
            for (const size of [1, 3]) expect(reduce(tf.slice(batch, 2, size), axes).arraySync()).toEqual(whole.slice(2, 2 + size));
          }
        }
      });
    }
  });

  it('have the same bits whatever the number of threads and the build, in scratch of a fixed size', async () => {
    await tf.setBackend('wasm');
    const teams = [await createSharers(1, 'relaxed'), await createSharers(3, 'plain'), await createSharers(8, 'plain')];
    tf.tidy(() => {
      for (const [shape, axis] of [
        [[300_001], [0]],
        [[50_001, 9], [0]],
        [[700, 130], [0]],
        [[700, 130], [1]],
        [
          [40, 40, 40, 9],
          [1, 2],
        ],
        [[3, 40_000, 7], [1]],
        [[90_000, 1], [1]],
      ] as const) {
        const x = cancelling(shape, 5);
        for (const kernel of reductions) {
          const attributes = { axis: [...axis], reductionIndices: [...axis], keepDims: false };
          expectSameBits(teams, kernel, { x }, attributes);
        }
      }
    });
    for (const team of teams) {
      expect(team.scratch.bytes).toBeLessThanOrEqual(512 * 1024);
      team.end();
    }
  });
});
