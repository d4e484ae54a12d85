import { describeNorm } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { expectClose, leavesNoTensors, valuesOf } from '../../tests/tensors';
import { linf } from './linf';

describeNorm(linf);

const settings = { seed: 31, numRuns: 100 };
const number = (min: number, max: number): fc.Arbitrary<number> => fc.float({ min: Math.fround(min), max: Math.fround(max), noNaN: true });
const pairs = fc.array(fc.tuple(number(0, 1), number(-3, 3)), { minLength: 1, maxLength: 8 });
const row = (values: readonly number[]): tf.Tensor2D => tf.tensor2d([...values], [1, values.length]);

describe('linf', () => {
  leavesNoTensors();

  it('projects each coordinate alone: clip(v, x - epsilon, x + epsilon), then the box', () => {
    const law = fc.property(pairs, number(0, 2), (points, epsilon) => {
      const values = valuesOf(() => linf().project(row(points.map(([, v]) => v)), row(points.map(([x]) => x)), epsilon, [0, 1]));
      expectClose(
        values,
        points.map(([x, v]) => Math.min(1, x + epsilon, Math.max(0, x - epsilon, v))),
        1e-6,
      );
    });
    fc.assert(law, settings);
  });

  it('leaves the sides alone where the bounds are infinite', () => {
    const project = (bounds: [number, number]): number[] => valuesOf(() => linf().project(row([-9, 9]), row([0, 0]), 5, bounds));
    expectClose(project([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]), [-5, 5]);
    expectClose(project([-1, Number.POSITIVE_INFINITY]), [-1, 5]);
  });

  it('has the sizes of the definition: max |v|, and sum |g| for its dual', () => {
    const values = tf.tensor2d([3, -4, 1, 0, 0, 0], [2, 3]);
    expectClose(
      valuesOf(() => linf().size(values)),
      [4, 0],
    );
    expectClose(
      valuesOf(() => linf().dualSize(values)),
      [8, 0],
    );
    values.dispose();
  });
});
