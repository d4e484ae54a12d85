import { describeNorm } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectClose, leavesNoTensors, valuesOf } from '../../tests/tensors';
import { createNoise } from '../noise/create-noise';
import { l2 } from './l2';

describeNorm(l2);

const settings = { seed: 32, numRuns: 100 };
const number = (min: number, max: number): fc.Arbitrary<number> => fc.float({ min: Math.fround(min), max: Math.fround(max), noNaN: true });
const pairs = fc.array(fc.tuple(number(0, 1), number(-3, 3)), { minLength: 1, maxLength: 8 });
const row = (values: readonly number[]): tf.Tensor2D => tf.tensor2d([...values], [1, values.length]);
const everywhere = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

describe('l2', () => {
  leavesNoTensors();

  it('projects by rescaling: x + v min(1, epsilon / |v|), then the box', () => {
    const law = fc.property(pairs, number(0, 2), fc.boolean(), (points, epsilon, boxed) => {
      const delta = points.map(([x, v]) => v - x);
      const shrink = Math.min(1, epsilon / Math.max(Math.hypot(...delta), 1e-30));
      const bounds = boxed ? ([0, 1] as const) : everywhere;
      const values = valuesOf(() => l2().project(row(points.map(([, v]) => v)), row(points.map(([x]) => x)), epsilon, bounds));
      expectClose(
        values,
        points.map(([x], i) => Math.min(bounds[1], Math.max(bounds[0], x + shrink * delta[i]!))),
        2e-6,
      );
    });
    fc.assert(law, settings);
  });

  it('measures tiny and huge vectors alike, with no square lost or overflowing', () => {
    for (const scale of [1e-25, 1, 1e25]) {
      const [size, zero] = valuesOf(() => l2().size(tf.tensor2d([3 * scale, -4 * scale, 0, 0], [2, 2])));
      expect(size! / scale).toBeCloseTo(5, 4);
      expect(zero).toBe(0);
    }
  });

  it('draws uniformly in the ball: the share within radius r of d dimensions is r^d', () => {
    const n = 4000;
    const noise = createNoise(
      2,
      Int32Array.from({ length: n }, (_, i) => i),
    );
    const sizes = valuesOf(() => l2().size(l2().sample(tf.zeros([n, 3]), 1, noise)));
    for (const radius of [0.5, 0.8, 0.95]) {
      const share = sizes.filter((size) => size <= radius).length / n;
      expect(Math.abs(share - radius ** 3)).toBeLessThan(4 * Math.sqrt(0.25 / n));
    }
  });
});
