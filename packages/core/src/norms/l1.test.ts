import { describeNorm } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reference } from '../../tests/reference';
import { expectClose, leavesNoTensors, valuesOf } from '../../tests/tensors';
import { createNoise } from '../noise/create-noise';
import { l1 } from './l1';

describeNorm(l1);

const settings = { seed: 33, numRuns: 100 };
const number = (min: number, max: number): fc.Arbitrary<number> => fc.float({ min: Math.fround(min), max: Math.fround(max), noNaN: true });
const pairs = fc.array(fc.tuple(number(0, 1), number(-3, 3)), { minLength: 1, maxLength: 8 });
const row = (values: readonly number[]): tf.Tensor2D => tf.tensor2d([...values], [1, values.length]);
const everywhere = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const project = (candidate: readonly number[], center: readonly number[], radius: number, bounds: readonly [number, number]): number[] =>
  valuesOf(() => l1().project(row(candidate), row(center), radius, bounds));

/** The nearest point of ball and box in float64: soft thresholds theta, clipped to the box, by 200 halvings. */
function nearest(
  candidate: readonly number[],
  center: readonly number[],
  epsilon: number,
  [lower, upper]: readonly [number, number],
): number[] {
  const at = (theta: number): number[] =>
    candidate.map((v, i) => {
      const shrunk = Math.sign(v - center[i]!) * Math.max(0, Math.abs(v - center[i]!) - theta);
      return Math.min(upper, Math.max(lower, center[i]! + shrunk));
    });
  const size = (point: readonly number[]): number => point.reduce((sum, value, i) => sum + Math.abs(value - center[i]!), 0);
  if (size(at(0)) <= epsilon) return at(0);
  let [low, high] = [0, 10];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (size(at(middle)) > epsilon) low = middle;
    else high = middle;
  }
  return at(high);
}

describe('l1', () => {
  leavesNoTensors();

  it('projects onto ball and box together, to the nearest point of both', () => {
    const law = fc.property(pairs, number(0, 4), fc.boolean(), (points, epsilon, boxed) => {
      const [center, candidate] = [points.map(([x]) => x), points.map(([, v]) => v)];
      const bounds = boxed ? ([0, 1] as const) : everywhere;
      expectClose(project(candidate, center, epsilon, bounds), nearest(candidate, center, epsilon, bounds), 3e-6);
    });
    fc.assert(law, settings);
  });

  it('agrees with the projections of an outside library, a radius for each row', () => {
    const { x0, v, eps, joint, duchi } = reference.l1Projection;
    const run = (bounds: readonly [number, number]): number[] =>
      valuesOf(() => {
        const center = tf.tensor2d([...x0.data], [20, 10]);
        return l1().project(tf.add(center, tf.tensor2d([...v.data], [20, 10])), center, tf.tensor1d([...eps.data]), bounds);
      });
    expectClose(run([0, 1]), joint.data, 3e-6);
    // Without a box the joint projection is that of the ball: x0 + the result of Duchi et al.
    const ball = duchi.data.map((moved, i) => x0.data[i]! + moved);
    expectClose(run(everywhere), ball, 3e-6);
  });

  it('gives the budget that the box refuses to the coordinates that can use it', () => {
    // v = (0.3, 0.8), budget 0.8. The ball alone takes 0.15 from both, and the box 0.05 more from the first: 0.75 is spent.
    // Together: the box lets the first have 0.1, the second keeps 0.7.
    expectClose(project([1.2, 0.8], [0.9, 0], 0.8, [0, 1]), [1, 0.7]);
  });

  it('steps along the coordinates of largest slope that the box leaves free', () => {
    const step = (slope: number[], at: number[]): number[] => valuesOf(() => tf.add(l1().steepest(row(slope), row(at), [0, 1]), 0));
    expect(step([3, -2, 1], [0.5, 0.5, 0.5])).toEqual([1, 0, 0]);
    expect(step([3, -2, 1], [1, 0.5, 0.5])).toEqual([0, -1, 0]);
    expect(step([3, -2, 1], [1, 0, 0.5])).toEqual([0, 0, 1]);
    expect(step([2, -2, 1], [0.5, 0.5, 0.5])).toEqual([0.5, -0.5, 0]);
    expect(step([3, -2, 0], [1, 0, 0.5])).toEqual([0, 0, 0]);
  });

  it('draws uniformly in the ball: the share within radius r of d dimensions is r^d', () => {
    const n = 4000;
    const noise = createNoise(
      2,
      Int32Array.from({ length: n }, (_, i) => i),
    );
    const sizes = valuesOf(() => l1().size(l1().sample(tf.zeros([n, 3]), 1, noise)));
    for (const radius of [0.5, 0.8, 0.95]) {
      const share = sizes.filter((size) => size <= radius).length / n;
      expect(Math.abs(share - radius ** 3)).toBeLessThan(4 * Math.sqrt(0.25 / n));
    }
  });
});
