import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { numbersFor, seeds, specials } from '../../tests/arbitrary';
import { type Computation, type Example, runOn } from '../../tests/compare';
import { createSharers, expectSameBits } from '../../tests/shares';
import { enableTrainingKernels, type TrainingKernels } from '../enable-training-kernels';
import { broadcastKernels } from './broadcast';
import { gatherV2 } from './gather-v2';
import { select } from './select';
import { slice } from './slice';
import { tile } from './tile';

const settings = { seed: 5, numRuns: 50 };

let training: TrainingKernels;
beforeAll(async () => {
  training = await enableTrainingKernels();
});
afterAll(() => training.disable());

/** Number by number, whatever the size of their neighbours. */
async function expectAgreement(computation: Computation, ...examples: Example[]): Promise<void> {
  const reference = await runOn('cpu', computation, examples);
  const answer = await runOn('wasm', computation, examples);
  reference.forEach((values, output) => {
    expect(answer[output]).toHaveLength(values.length);
    const wrong = values.findIndex((value, index) => {
      const given = answer[output]![index]!;
      return !(Number.isNaN(value) ? Number.isNaN(given) : value === given || Math.abs(value - given) <= 1e-6 * Math.abs(value));
    });
    if (wrong >= 0) expect.fail(`output ${output}, number ${wrong} is ${answer[output]![wrong]}, not ${values[wrong]}`);
  });
}

const length = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 9 }) },
  { weight: 3, arbitrary: fc.integer({ min: 10, max: 80 }) },
  { weight: 1, arbitrary: fc.constant(0) },
);
const shapes = fc.array(length, { maxLength: 5 }).filter((shape) => shape.reduce((size, axis) => size * axis, 1) <= 20000);

/** A shape that broadcasts to `shape`: some axes 1, some of the first left out. */
const operandOf = (shape: readonly number[]) =>
  fc
    .tuple(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), fc.nat({ max: shape.length }))
    .map(([once, missing]) => shape.map((axis, index) => (once[index] ? 1 : axis)).slice(missing));
const operands = shapes.chain((shape) => fc.tuple(operandOf(shape), fc.oneof(fc.constant(shape), operandOf(shape)), fc.boolean()));

const FLOATS = [tf.add, tf.sub, tf.mul, tf.div, tf.squaredDifference, tf.maximum, tf.minimum];
const COMPARISONS = [tf.greater, tf.greaterEqual, tf.less, tf.lessEqual, tf.equal, tf.notEqual];

/** Values in steps of a quarter, so that some are equal. */
const coarse = (x: tf.Tensor): tf.Tensor => tf.div(tf.floor(tf.mul(x, 4)), 4);

describe('pointwise operations with repeated operands on wasm', () => {
  it('agree with cpu for every pair of shapes, NaN and infinities included', async () => {
    await fc.assert(
      fc.asyncProperty(operands, seeds, specials, async ([one, other, swapped], seed, special) => {
        const [left, right] = swapped ? [other, one] : [one, other];
        await expectAgreement(
          ([a, b]) => [
            ...FLOATS.map((operation) => operation(a!, b!)),
            ...COMPARISONS.map((operation) => operation(coarse(a!), coarse(b!))),
          ],
          numbersFor(left, seed, special),
          numbersFor(right, seed + 1, special),
        );
      }),
      settings,
    );
  });

  it('agree with cpu on lines longer than a piece of work', async () => {
    const pairs = [
      [[1_801, 13], [13]],
      [
        [2, 20_001],
        [2, 1],
      ],
      [
        [2, 2_500, 7],
        [2, 1, 7],
      ],
    ] as const;
    for (const [left, right] of pairs) {
      const operands = [numbersFor(left, 1, 5), numbersFor(right, 2, 0)];
      await expectAgreement(([a, b]) => [tf.maximum(a!, b!), tf.less(b!, a!)], ...operands);
    }
  });

  it('of masks agree with cpu', async () => {
    await fc.assert(
      fc.asyncProperty(operands, seeds, async ([one, other], seed) => {
        await expectAgreement(
          ([a, b]) => {
            const [left, right] = [tf.greater(a!, 0), tf.greater(b!, 0)];
            return [tf.logicalAnd(left, right), tf.logicalOr(left, right), tf.logicalNot(left)];
          },
          numbersFor(one, seed, 0),
          numbersFor(other, seed + 1, 0),
        );
      }),
      settings,
    );
  });

  it('tell the zeros apart and keep NaN in maxima and minima, as JavaScript does', () => {
    const [a, b] = [
      [0, -0, Number.NaN, 1, -0],
      [-0, 0, 1, Number.NaN, -0],
    ];
    tf.tidy(() => {
      expect([...tf.maximum(a!, b!).dataSync()]).toEqual([0, 0, Number.NaN, Number.NaN, -0]);
      expect([...tf.minimum(a!, b!).dataSync()]).toEqual([-0, -0, Number.NaN, Number.NaN, -0]);
    });
  });

  it('of integers stay with the stock kernels', () => {
    tf.tidy(() => {
      expect([...tf.maximum(tf.tensor1d([2 ** 30 + 1], 'int32'), tf.scalar(0, 'int32')).dataSync()]).toEqual([2 ** 30 + 1]);
      expect([...tf.equal(tf.tensor1d([2 ** 30 + 1, 5], 'int32'), tf.tensor1d([2 ** 30, 5], 'int32')).dataSync()]).toEqual([0, 1]);
    });
  });
});

const types = fc.constantFrom('float32' as const, 'int32' as const, 'bool' as const);
/** Numbers of any type: 0 and 1 as a mask, small integers, floats. */
const typed = (x: tf.Tensor, dtype: 'float32' | 'int32' | 'bool'): tf.Tensor =>
  dtype === 'float32' ? x : dtype === 'int32' ? tf.cast(tf.floor(tf.mul(x, 100)), 'int32') : tf.greater(x, 0);

/** What tf.broadcastTo makes of an empty shape is not empty, so tf.where repeats nothing there. */
const someOperands = operands.filter((shapes) => !shapes.flat().includes(0));

describe('copies that repeat, cut and pick on wasm', () => {
  it('choose by a mask of any shape, as on cpu', async () => {
    await fc.assert(
      fc.asyncProperty(
        someOperands,
        seeds,
        specials,
        fc.constantFrom('float32' as const, 'int32' as const),
        async ([one, other], seed, special, dtype) => {
          await expectAgreement(
            ([mask, yes, no]) => [
              tf.where(tf.greater(mask!, 0), typed(yes!, dtype), typed(no!, dtype)),
              tf.where(tf.greater(yes!, 0), typed(mask!, dtype), typed(no!, dtype)),
            ],
            numbersFor(one, seed, 0),
            numbersFor(other, seed + 1, dtype === 'float32' ? special : 0),
            numbersFor([], seed + 2, 0),
          );
        },
      ),
      settings,
    );
  });

  it('choose nothing from an empty batch', async () => {
    const empty = numbersFor([0, 3], 1, 0);
    await expectAgreement(([mask, yes, no]) => tf.where(tf.greater(mask!, 0), yes!, no!), empty, empty, empty);
  });

  it('tile and broadcast every type, as on cpu', async () => {
    const problem = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 4 })), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(problem, types, seeds, async (axes, dtype, seed) => {
        const reps = axes.map(([, times]) => times);
        await expectAgreement(
          ([x]) => tf.tile(typed(x!, dtype), reps),
          numbersFor(
            axes.map(([axis]) => axis),
            seed,
            0,
          ),
        );
      }),
      settings,
    );
    await fc.assert(
      fc.asyncProperty(
        shapes.chain((shape) => fc.tuple(fc.constant(shape), operandOf(shape))),
        types,
        seeds,
        async ([shape, operand], dtype, seed) => {
          await expectAgreement(([x]) => tf.broadcastTo(typed(x!, dtype), shape as [number]), numbersFor(operand, seed, 0));
        },
      ),
      settings,
    );
  });

  it('slice every type along any axes, as on cpu', async () => {
    const axis = length.chain((all) =>
      fc.nat({ max: all }).chain((begin) => fc.tuple(fc.constant(all), fc.constant(begin), fc.nat({ max: all - begin }))),
    );
    const problem = fc
      .array(axis, { minLength: 1, maxLength: 5 })
      .filter((axes) => axes.reduce((size, [all]) => size * Math.max(1, all), 1) <= 20000);
    await fc.assert(
      fc.asyncProperty(problem, types, seeds, async (axes, dtype, seed) => {
        const [shape, begin, size] = [0, 1, 2].map((part) => axes.map((axis) => axis[part]!)) as [number[], number[], number[]];
        await expectAgreement(([x]) => tf.slice(typed(x!, dtype), begin, size), numbersFor(shape, seed, 0));
      }),
      settings,
    );
    expect(() => tf.slice(tf.tensor1d([1, 2, 3]), [1], [3])).toThrow('begin[0] + size[0] (4) would overflow input.shape[0] (3)');
  });

  it('gather every type along any axis, with batch dimensions too, as on cpu', async () => {
    const problem = fc
      .array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 })
      .chain((shape) =>
        fc.tuple(fc.constant(shape), fc.nat({ max: shape.length - 1 }), fc.array(fc.nat({ max: 200 }), { maxLength: 12 }), fc.boolean()),
      );
    await fc.assert(
      fc.asyncProperty(problem, types, seeds, async ([shape, axis, wanted, batched], dtype, seed) => {
        const batchDims = batched && axis > 0 && wanted.length > 0 ? 1 : 0;
        const indices = (batchDims ? Array.from({ length: shape[0]! }, () => wanted).flat() : wanted).map(
          (index, at) => (index + at) % shape[axis]!,
        );
        const asTensor = () => tf.tensor(indices, batchDims ? [shape[0]!, wanted.length] : [wanted.length], 'int32');
        await expectAgreement(([x]) => tf.gather(typed(x!, dtype), asTensor() as tf.Tensor1D, axis, batchDims), numbersFor(shape, seed, 0));
      }),
      settings,
    );
  });

  it('gather refuses indices that are not there', () => {
    tf.tidy(() => {
      expect(() => tf.gather(tf.ones([3, 2]), tf.tensor1d([0, 3], 'int32'))).toThrow(
        'GatherV2: expected `indices` to be between 0 and 2, got 3. Check the labels or the axis.',
      );
      expect(() => tf.gather(tf.ones([3, 2]), tf.tensor1d([-1], 'int32'))).toThrow('got -1');
    });
  });
});

describe('the bits of pointwise operations and copies', () => {
  it('do not depend on how many threads share the work, nor on the build', async () => {
    await tf.setBackend('wasm');
    const teams = [await createSharers(1, 'relaxed'), await createSharers(3, 'plain'), await createSharers(7, 'relaxed')];
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const of = (...shape: number[]) => tf.tensor(numbersFor(shape, shape.length, 5).values, shape);
      const same = (kernel: (typeof broadcastKernels)[number], inputs: Record<string, tf.Tensor>, attributes = {}): void => {
        expectSameBits(teams, kernel, inputs, attributes);
      };
      const large = of(23, 9, 41, 7);
      const mask = tf.greater(large, 0);
      for (const kernel of broadcastKernels) {
        const logical = kernel.name.startsWith('Logical');
        // Arithmetic of long runs is XNNPACK's.
        const arithmetic = ['Add', 'Sub', 'Multiply', 'RealDiv', 'SquaredDifference'].includes(kernel.name);
        for (const other of [of(7), of(23, 1, 1, 7), ...(arithmetic ? [] : [of(9, 1, 1)])]) {
          same(kernel, logical ? { a: mask, b: tf.greater(other, 0), x: mask } : { a: large, b: other });
        }
      }
      // Lines longer than a piece, and a row that is written out.
      same(broadcastKernels.find(({ name }) => name === 'Maximum')!, { a: of(3, 40_001), b: of(3, 1) });
      same(broadcastKernels.find(({ name }) => name === 'Add')!, { a: of(9_001, 13), b: of(13) });
      same(select, { condition: mask, t: large, e: tf.neg(large) });
      same(tile, { x: of(31, 1, 40) }, { reps: [2, 50, 3] });
      same(slice, { x: large }, { begin: [1, 2, 3, 1], size: [21, 6, 37, 5] });
      same(gatherV2, { x: large, indices: tf.range(0, 23, 1, 'int32') }, { axis: 0, batchDims: 0 });
    });
    expect(tf.memory().numTensors).toBe(before);
    for (const team of teams) team.end();
  });
});
