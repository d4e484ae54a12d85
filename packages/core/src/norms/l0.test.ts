import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors, valuesOf } from '../../tests/tensors';
import { createNoise } from '../noise/create-noise';
import { l0 } from './l0';

const row = (values: readonly number[]): tf.Tensor2D => tf.tensor2d([...values], [1, values.length]);
const number = (min: number, max: number): fc.Arbitrary<number> => fc.float({ min: Math.fround(min), max: Math.fround(max), noNaN: true });

describe('l0', () => {
  leavesNoTensors();

  it('counts the coordinates that change', () => {
    expect(valuesOf(() => l0().size(tf.tensor2d([0, -1e-30, 3, 0, 0, 0], [2, 3])))).toEqual([2, 0]);
  });

  it('keeps the largest changes that the box allows, as many as the radius says, the earlier of equal ones', () => {
    const changes = fc.array(fc.tuple(number(0, 1), number(-2, 2)), { minLength: 1, maxLength: 9 });
    const law = fc.property(changes, fc.integer({ min: 0, max: 9 }), (points, most) => {
      const center = points.map(([x]) => x);
      const clipped = points.map(([x, v]) => Math.min(1, Math.max(0, Math.fround(x + v))));
      const delta = clipped.map((v, i) => Math.fround(v - center[i]!));
      const order = delta.map((_, i) => i).sort((a, b) => Math.abs(delta[b]!) - Math.abs(delta[a]!) || a - b);
      const kept = new Set(order.slice(0, most));
      const values = valuesOf(() => l0().project(row(points.map(([x, v]) => Math.fround(x + v))), row(center), most, [0, 1]));
      for (const [i, value] of values.entries()) expect(Math.abs(value - (kept.has(i) ? clipped[i]! : center[i]!))).toBeLessThan(1e-6);
    });
    fc.assert(law, { seed: 33, numRuns: 100 });
  });

  it('takes a radius per example', () => {
    const values = valuesOf(() => l0().project(tf.tensor2d([3, 2, 1, 3, 2, 1], [2, 3]), tf.zeros([2, 3]), tf.tensor1d([1, 2]), [-9, 9]));
    expect(values).toEqual([3, 0, 0, 3, 2, 0]);
  });

  it('steps along the one steepest coordinate that the box lets move, and nowhere on a flat', () => {
    const step = (gradient: number[], at: number[]) => valuesOf(() => l0().steepest(row(gradient), row(at), [0, 1])).map((v) => v + 0);
    expect(step([1, -3, 2], [0.5, 0.5, 0.5])).toEqual([0, -1, 0]);
    expect(step([1, -3, 2], [0.5, 0, 1])).toEqual([1, 0, 0]);
    expect(step([0, 0, 0], [0.5, 0.5, 0.5])).toEqual([0, 0, 0]);
  });

  it('draws changes of as many coordinates as the radius says', () => {
    const noise = createNoise(1, Int32Array.from([0, 1, 2]));
    expect(valuesOf(() => l0().size(l0().sample(tf.zeros([3, 4, 4, 1]), 5, noise)))).toEqual([5, 5, 5]);
  });
});
