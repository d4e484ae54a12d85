import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { disagreement, example, runOn, withGradients } from '../../tests/compare';
import { enableTrainingKernels } from '../enable-training-kernels';

const table = example([4, 3], 1);

beforeAll(async () => {
  await enableTrainingKernels();
});

describe('the small kernels on wasm', () => {
  it('gather has a gradient, which adds up the rows that were taken twice', async () => {
    for (const axis of [0, 1]) {
      const operation = (x: tf.Tensor) => tf.gather(x, tf.tensor1d([2, 0, 2], 'int32'), axis);
      expect(await disagreement(withGradients(operation), table)).toBeLessThan(1e-5);
    }
  });

  it('gather with batch dimensions picks one logit per example', async () => {
    const labels = () => tf.tensor2d([2, 0, 1, 1], [4, 1], 'int32');
    expect(await disagreement(([x]) => tf.gather(x!, labels(), 1, 1), table)).toBe(0);
    const grid = () => tf.tensor2d([2, 1, 0, 1, 1, 0, 0, 2], [4, 2], 'int32');
    expect(await disagreement(([x]) => tf.gather(x!, grid(), 2, 1), example([4, 2, 3, 5], 2))).toBe(0);
  });

  it('gather with batch dimensions refuses an index outside the axis', async () => {
    const outside = () => tf.tensor2d([2, 0, 3, 1], [4, 1], 'int32');
    await expect(runOn('wasm', ([x]) => tf.gather(x!, outside(), 1, 1), [table])).rejects.toThrow(
      'GatherV2: expected `indices` to be between 0 and 2, got 3. Check the labels or the axis.',
    );
  });

  it('unsortedSegmentSum leaves out numbers that are no segment', async () => {
    const segments = () => tf.tensor1d([1, -1, 1, 7], 'int32');
    expect(await disagreement(([x]) => tf.unsortedSegmentSum(x!, segments(), 3), table)).toBeLessThan(1e-6);
  });

  it('a cast to bool asks whether a number is zero', async () => {
    const numbers = { values: Float32Array.of(0.5, -1, 0, 256, Number.NaN), shape: [5] };
    expect(await runOn('wasm', ([x]) => tf.cast(x!, 'bool'), [numbers])).toEqual([[1, 1, 0, 1, 1]]);
    // Whole numbers have a loop of their own; the floats here are more than one share of the work.
    const whole = ([x]: tf.Tensor[]) => tf.cast(tf.cast(x!, 'int32'), 'bool');
    expect(await runOn('wasm', whole, [{ values: Float32Array.of(2, -1, 0, 256), shape: [4] }])).toEqual([[1, 1, 0, 1]]);
    const many = Float32Array.from({ length: 20_001 }, (_, i) => (i % 3 === 0 ? -0 : i % 7 === 0 ? 1e-40 : i));
    const wanted = Array.from(many, (value) => (value === 0 ? 0 : 1));
    expect(await runOn('wasm', ([x]) => tf.cast(x!, 'bool'), [{ values: many, shape: [3, 6667] }])).toEqual([wanted]);
  });

  it('leaves nothing on the heap but the result of a cast', () => {
    const numbers = tf.tensor1d([0, 2]);
    const before = tf.engine().backend.numDataIds();
    const cast = tf.cast(numbers, 'bool');
    expect(tf.engine().backend.numDataIds() - before).toBe(1);
    tf.dispose([numbers, cast]);
  });
});
