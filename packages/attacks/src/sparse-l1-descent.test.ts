import { ascend, createNoise, l1 } from '@groundstate/core';
import { describeAttack, linearModel } from '@groundstate/testing';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { valuesOf } from '../tests/trace';
import { type SparseL1DescentOptions, sparseL1Descent } from './sparse-l1-descent';

describeAttack(() => sparseL1Descent({ steps: 10, quantile: 0.9 }));

const labels = tf.ones([1], 'int32') as Tensor1D;
const goal = { kind: 'misclassify', labels } as const;
// lead = 4 x_0 - 3 x_1 + 2 x_2 - x_3 + 0 x_4 for label 1: every coordinate moves against its weight, the last one never.
const weights = [4, -3, 2, -1, 0];
const middle = tf.fill([1, 5], 0.5);
const end = (options: SparseL1DescentOptions, epsilon: number, inputs: Tensor = middle): number[] => {
  const noise = createNoise(0, Int32Array.from([0]));
  return [
    ...valuesOf(
      ascend(sparseL1Descent(options), { model: linearModel(weights, 0, [5]), inputs, goal, threat: { norm: l1(), epsilon }, noise }),
    ),
  ];
};
const expectClose = (found: number[], wanted: number[]): void => {
  for (const [i, value] of found.entries()) expect(value).toBeCloseTo(wanted[i]!, 5);
};

describe('sparse-l1-descent', () => {
  it('spreads a step evenly over the coordinates at or above the quantile', () => {
    // Slopes 4, 3, 2, 1, 0: the quantiles 1, 0.75, 0.5 are 4, 3, 2, at or above which lie one, two, three coordinates.
    const step = { steps: 1, relativeStep: 1 };
    expectClose(end({ ...step, quantile: 1 }, 0.3), [0.2, 0.5, 0.5, 0.5, 0.5]);
    expectClose(end({ ...step, quantile: 0.75 }, 0.3), [0.35, 0.65, 0.5, 0.5, 0.5]);
    expectClose(end({ ...step, quantile: 0.5 }, 0.3), [0.4, 0.6, 0.4, 0.5, 0.5]);
    // Between two values the quantile is 2.4: the slope 2 is below it.
    expectClose(end({ ...step, quantile: 0.6 }, 0.3), [0.35, 0.65, 0.5, 0.5, 0.5]);
    // All of them, but the one that does not slope at all takes nothing.
    expectClose(end({ ...step, quantile: 0 }, 0.4), [0.4, 0.6, 0.4, 0.6, 0.5]);
  });

  it('goes on with the next coordinates when the box holds the steepest', () => {
    // x_0 and x_1 are at their bounds: what is left slopes 2, 1.
    const edge = tf.tensor2d([[0, 1, 0.5, 0.5, 0.5]]);
    expectClose(end({ steps: 1, relativeStep: 1, quantile: 1 }, 0.3, edge), [0, 1, 0.2, 0.5, 0.5]);
  });

  it('comes to the worst point of ball and box: the steepest coordinates to their bounds, what is left to the next', () => {
    // Of 1.2, x_0 takes 0.5 to come to 0, x_1 takes 0.5 to come to 1, and x_2 the last 0.2. The steps of 0.05 meet all three.
    expectClose(end({ steps: 24, relativeStep: 1 / 24, quantile: 1 }, 1.2), [0, 1, 0.3, 0.5, 0.5]);
  });

  it('takes the steepest coordinates of an image to their bounds in as many steps as the budget holds', () => {
    // Weights 0.1 to 0.001, four coordinates a step: at or above the quantile 0.965 of 100 values. A step of 20 / 40 moves each by 0.125,
    // four steps take them from 0.5 to 0; after 40 steps 40 coordinates are there, and the budget is used up.
    const steep = Array.from({ length: 100 }, (_, i) => (100 - i) / 1000);
    const problem = { model: linearModel(steep, 0, [100]), inputs: tf.fill([1, 100], 0.5), goal, threat: { norm: l1(), epsilon: 20 } };
    const noise = createNoise(0, Int32Array.from([0]));
    const found = valuesOf(ascend(sparseL1Descent({ steps: 40, relativeStep: 1 / 40, quantile: 0.965 }), { ...problem, noise }));
    expect([...found]).toEqual(steep.map((weight) => (weight > 0.0605 ? 0 : 0.5)));
  });

  it('starts at a random point of the ball where it is told to', () => {
    const [once, clean] = [end({ steps: 1, relativeStep: 1e-6, randomStart: true }, 0.5), end({ steps: 1, relativeStep: 1e-6 }, 0.5)];
    expectClose(clean, [0.5, 0.5, 0.5, 0.5, 0.5]);
    const moved = once.reduce((sum, value) => sum + Math.abs(value - 0.5), 0);
    expect(moved).toBeGreaterThan(0.01);
    expect(moved).toBeLessThanOrEqual(0.5 + 1e-5);
  });

  it('says what is wrong with its options', () => {
    expect(() => sparseL1Descent({ quantile: 1.5 })).toThrow(
      'sparse-l1-descent: expected `quantile` to be a finite number of at least 0 and of at most 1, got 1.5.',
    );
    expect(() => sparseL1Descent({ sparsity: 99 } as object)).toThrow("sparse-l1-descent: expected `option` to be one of 'steps'");
  });
});
