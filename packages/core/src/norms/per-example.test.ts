import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectClose, leavesNoTensors, valuesOf } from '../../tests/tensors';
import { broadcastRadius, choose, chooser, clipToBox, euclidean, flatten, largest, perExample, signOf, unit } from './per-example';

const batch = (): tf.Tensor => tf.tensor4d([3, -4, 0, 0, 0, 0, 0, -2], [2, 2, 2, 1]);

describe('per-example', () => {
  leavesNoTensors();

  it('flattens what follows the first axis, also of an empty batch', () => {
    const shapes = tf.tidy(() => [flatten(batch()).shape, flatten(tf.zeros([0, 3, 2])).shape, flatten(tf.zeros([2])).shape]);
    expect(shapes).toEqual([
      [2, 4],
      [0, 0],
      [2, 1],
    ]);
  });

  it('broadcasts a value per example over the example', () => {
    expect(valuesOf(() => tf.mul(tf.onesLike(batch()), perExample(tf.tensor1d([5, 7]), batch())))).toEqual([5, 5, 5, 5, 7, 7, 7, 7]);
    expect(tf.tidy(() => broadcastRadius(0.5, batch()))).toBe(0.5);
  });

  it('measures each example', () => {
    expectClose(
      valuesOf(() => largest(batch())),
      [4, 2],
    );
    expectClose(
      valuesOf(() => euclidean(batch())),
      [5, 2],
    );
    expectClose(valuesOf(() => unit(batch(), tf.tensor1d([5, 0]))).slice(0, 4), [0.6, -0.8, 0, 0]);
    expect(valuesOf(() => unit(tf.zeros([1, 3]), tf.zeros([1])))).toEqual([0, 0, 0]);
  });

  it('clips to the box, to one side of it where the other end is infinite, and passes on what is not a number', () => {
    const clip = (bounds: [number, number]): number[] => valuesOf(() => clipToBox(tf.tensor1d([-5, 0.5, 5]), bounds));
    expect(clip([0, 1])).toEqual([0, 0.5, 1]);
    expect(clip([Number.NEGATIVE_INFINITY, 1])).toEqual([-5, 0.5, 1]);
    expect(clip([0, Number.POSITIVE_INFINITY])).toEqual([0, 0.5, 5]);
    expect(valuesOf(() => clipToBox(tf.tensor1d([Number.NaN]), [0, 1]))).toEqual([Number.NaN]);
  });

  it('chooses whole examples, and lets nothing of the other side through', () => {
    const chosen = valuesOf(() => choose(tf.tensor1d([1, 0]), batch(), tf.fill([2, 2, 2, 1], Number.NaN)));
    expect(chosen).toEqual([3, -4, 0, 0, ...new Array(4).fill(Number.NaN)]);
  });

  it('chooses several pairs by one mask, and values by the mask itself', () => {
    tf.tidy(() => {
      const mask = tf.tensor1d([0, 1]);
      const pick = chooser(mask, batch());
      expect([...pick(batch(), tf.add(batch(), 1)).dataSync()]).toEqual([4, -3, 1, 1, 0, 0, 0, -2]);
      expect([...pick(tf.zerosLike(batch()), batch()).dataSync()]).toEqual([3, -4, 0, 0, 0, 0, 0, 0]);
      expect([...chooser(mask, mask)(tf.tensor1d([5, 6]), tf.tensor1d([7, Number.NaN])).dataSync()]).toEqual([7, 6]);
    });
  });

  it('has signs down to the smallest numbers', () => {
    const numbers = [1e-30, -1e-30, 0, 2, -3, 1e-44, -1e-44, 3e38, Number.POSITIVE_INFINITY];
    expect(valuesOf(() => signOf(tf.tensor1d(numbers)))).toEqual(numbers.map(Math.sign));
  });
});
