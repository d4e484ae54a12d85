import { ascend, createNoise, l1, l2, linf, type Model, type Norm, perturb, restarts } from '@groundstate/core';
import { describeAttack, linearModel, smoothModel } from '@groundstate/testing';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valuesOf } from '../tests/trace';
import { type PgdOptions, pgd } from './pgd';

describeAttack(() => pgd({ steps: 8 }));

const weights = [2, -1, 0.5, -0.25];
const goal = { kind: 'misclassify', labels: tf.ones([1], 'int32') as Tensor1D } as const;
const noise = createNoise(2, Int32Array.from([0]));
const free: [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
const end = (options: PgdOptions, model: Model, inputs: Tensor, norm: Norm, epsilon: number): Float32Array =>
  valuesOf(ascend(pgd(options), { model, inputs, goal, threat: { norm, epsilon }, noise }));
const leadAt = (point: Float32Array): number => weights.reduce((sum, weight, i) => sum + weight * point[i]!, 0);

describe('pgd on a linear model', () => {
  const middle = tf.fill([1, 4], 0.5);
  const inTheOpen = linearModel(weights, 0, [4], free);

  it.each([linf(), l2()])('reaches the lowest lead of a $name ball, s - epsilon |w|*', (norm) => {
    const dual = valuesOf(norm.dualSize(tf.tensor2d([weights])))[0]!;
    for (const randomStart of [false, true]) {
      const point = end({ steps: 40, relativeStep: 0.5, randomStart }, inTheOpen, middle, norm, 0.3);
      expect(Math.abs(leadAt(point) - (0.625 - 0.3 * dual))).toBeLessThan(1e-5);
    }
  });

  it('reaches the clipped corner where the box is in the way', () => {
    const inputs = tf.tensor2d([[0.125, 0.875, 0.0625, 0.5]]);
    expect([...end({ steps: 10 }, linearModel(weights, 0), inputs, linf(), 0.25)]).toEqual([0, 1, 0, 0.75]);
  });

  it('spends an l1 budget greedily: the steepest coordinate to the border, then the next', () => {
    // Ten steps of 1.25 / 10: four to take x_0 to 0, four to take x_1 to 1, two left for x_2.
    const point = end({ steps: 10, relativeStep: 0.1, randomStart: false }, linearModel(weights, 0), middle, l1(), 1.25);
    expect([...point]).toEqual([0, 1, 0.25, 0.5]);
    // With steps that outrun the budget it hovers within one step of the optimum, 0 * 2 - 1 + 0.125 - 0.125.
    const usual = leadAt(end({ steps: 40 }, linearModel(weights, 0), middle, l1(), 1.25));
    expect(usual).toBeLessThan(-1 + 2 * ((2.5 / 40) * 1.25));
  });

  it('fools no fewer examples with a larger epsilon', async () => {
    const number = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });
    const cases = fc.record({
      rows: fc.array(fc.array(number(0, 1), { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 6 }),
      bias: number(-1, 1),
      small: number(0, 0.5),
      more: number(0.001, 0.5),
      norm: fc.constantFrom(linf(), l2()),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ rows, bias, small, more, norm }) => {
        const model = linearModel(weights, bias, [4], norm.name === 'linf' ? [0, 1] : free);
        const labels = tf.ones([rows.length], 'int32') as Tensor1D;
        const fooled = async (epsilon: number): Promise<ArrayLike<number>> => {
          const request = {
            model,
            inputs: tf.tensor2d(rows),
            goal: { kind: 'misclassify', labels } as const,
            threat: { norm, epsilon },
            seed: 0,
          };
          return (await perturb(pgd({ steps: 4, relativeStep: 1, randomStart: false }), request)).success.data();
        };
        const [few, many] = [await fooled(small), await fooled(small + more)];
        for (let row = 0; row < rows.length; row++) expect(many[row]).toBeGreaterThanOrEqual(few[row]!);
      }),
      { numRuns: 40 },
    );
  });
});

describe('pgd', () => {
  it('with restarts is never weaker than the first of them', async () => {
    const model = smoothModel();
    const ids = Int32Array.from({ length: 40 }, (_, i) => i);
    const inputs = createNoise(1, ids).stream('inputs').uniform([6]);
    const labels = tf.tidy(() => tf.argMax(model.logits(inputs), 1) as Tensor1D);
    const request = { model, inputs, goal: { kind: 'misclassify', labels } as const, threat: { norm: linf(), epsilon: 0.1 }, seed: 4 };
    const weak = pgd({ steps: 1, relativeStep: 0.4 });
    const [once, often] = [await perturb(restarts(weak, 1), request), await perturb(restarts(weak, 5), request)];
    const [few, many] = [await once.success.data(), await often.success.data()];
    for (const [row, value] of few.entries()) expect(many[row]).toBeGreaterThanOrEqual(value);
    expect(many.filter(Boolean).length).toBeGreaterThan(few.filter(Boolean).length);
    model.dispose();
  });

  it('takes one step as one step, and its size in input units where `step` says so', () => {
    const model = linearModel(weights, 0);
    const options = { steps: 1, step: 0.125, randomStart: false };
    expect([...end(options, model, tf.fill([1, 4], 0.5), linf(), 0.25)]).toEqual([0.375, 0.625, 0.375, 0.625]);
  });

  it('says what is wrong with its options', () => {
    expect(() => pgd({ stepz: 3 } as object)).toThrow(/^pgd: expected `option` to be one of 'steps', 'relativeStep', .*, got "stepz"\.$/);
    expect(() => pgd({ steps: 0 })).toThrow('pgd: expected `steps` to be an integer of at least 1, got 0.');
    expect(() => pgd({ step: 0 })).toThrow('pgd: expected `step` to be a finite number above 0, got 0.');
    expect(() => pgd({ relativeStep: -1 })).toThrow('pgd: expected `relativeStep` to be a finite number above 0, got -1.');
  });
});
