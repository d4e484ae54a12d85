import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bitsOf, cleanDefence, littleModel, train, twoClouds } from '../tests/toys';
import { clipGradients } from './clip-gradients';
import { fit } from './fit';
import { sgd } from './sgd';

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(tensorsBefore));

const clip = (values: readonly (readonly number[])[], limit: number): { norm: number; clipped: number[][] } =>
  tf.tidy(() => {
    const given = Object.fromEntries(values.map((row, i) => [`w${i}`, tf.tensor(row as number[])]));
    const { gradients, norm } = clipGradients(given, limit);
    return { norm: norm.dataSync()[0]!, clipped: values.map((_, i) => Array.from(gradients[`w${i}`]!.dataSync())) };
  });

it('shortens all gradients together to the limit, and leaves shorter ones as they are', () => {
  // The norm of (3, 0) and (4) together is 5.
  const { norm, clipped } = clip([[3, 0], [4]], 2.5);
  expect(norm).toBe(5);
  expect(clipped).toEqual([[1.5, 0], [2]]);
  for (const limit of [5, 6]) expect(clip([[3, 0], [4]], limit).clipped).toEqual([[3, 0], [4]]);
  expect(clip([[0, 0]], 1)).toEqual({ norm: 0, clipped: [[0, 0]] });
  expect(clip([], 1)).toEqual({ norm: 0, clipped: [] });
});

it('whatever the gradients: no longer than the limit, in the direction they had, and to the bit where they were short', () => {
  const rows = fc.array(fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(rows, fc.double({ min: 1e-3, max: 300, noNaN: true }), (values, limit) => {
      const { clipped } = clip(values, limit);
      const [before, after] = [values.flat(), clipped.flat()];
      const norm = Math.hypot(...before);
      const factor = Math.min(1, limit / norm);
      expect(Math.hypot(...after)).toBeLessThanOrEqual(limit * (1 + 1e-5));
      for (const [i, value] of after.entries())
        expect(Math.abs(value - before[i]! * factor)).toBeLessThanOrEqual(1e-5 * norm * factor + 1e-30);
      if (norm < limit * (1 - 1e-5)) expect(after).toEqual(before);
    }),
    { seed: 1 },
  );
});

it('in `fit`: the step is that of the shortened gradient, and the history counts', async () => {
  // Plain descent: a step is the learning rate times the gradient, so its length tells that of the gradient.
  const lengths = async (clipNorm?: number): Promise<{ lengths: number[]; norm: number | undefined; clipped: number | undefined }> => {
    const model = littleModel();
    let last = Object.values(model.weights).map((weight) => weight.dataSync());
    const found: number[] = [];
    const onProgress = (): void => {
      const now = Object.values(model.weights).map((weight) => weight.dataSync());
      found.push(Math.hypot(...now.flatMap((values, i) => Array.from(values, (value, j) => value - last[i]![j]!))));
      last = now;
    };
    const limit = clipNorm === undefined ? {} : { clipNorm };
    const options = { epochs: 1, seed: 2, batchSize: 1, optimiser: sgd(), learningRate: 1e-2, onProgress, ...limit };
    const { epochs } = await fit(model, twoClouds(9), cleanDefence(), options);
    model.dispose();
    return { lengths: found.map((length) => length / 1e-2), norm: epochs[0]!.gradientNorm, clipped: epochs[0]!.clipped };
  };
  const free = await lengths();
  expect([free.norm, free.clipped]).toEqual([undefined, undefined]);
  const limit = [...free.lengths].sort((a, b) => a - b)[4]!;
  const bound = await lengths(limit);
  expect(bound.lengths.filter((length) => length > limit * 1.001)).toEqual([]);
  const long = bound.lengths.filter((length) => length > limit * 0.999).length;
  expect(long).toBeGreaterThan(1);
  expect(long).toBeLessThan(9);
  expect(bound.clipped).toBeCloseTo(long / 9, 1);
  expect(bound.norm!).toBeGreaterThan(bound.lengths.reduce((sum, length) => sum + length) / 9);
  const wide = await lengths(1e6);
  expect(wide.lengths).toEqual(free.lengths);
  expect(wide.clipped).toBe(0);
  expect(Math.abs(wide.norm! - free.lengths.reduce((sum, length) => sum + length) / 9) / wide.norm!).toBeLessThan(1e-3);
});

it('a limit that is never reached changes no bit of a run, and one of 0 is refused', async () => {
  const options = { epochs: 2, seed: 1, batchSize: 3 };
  expect((await train(cleanDefence(), { ...options, clipNorm: 1e9 })).bits).toEqual((await train(cleanDefence(), options)).bits);
  await expect(train(cleanDefence(), { ...options, clipNorm: 0 })).rejects.toThrow(
    'fit: expected `clipNorm` to be a finite number above 0, got 0.',
  );
});

it('a gradient whose norm is beyond float32 ends the run instead of being clipped to nothing', async () => {
  const model = littleModel();
  const before = bitsOf(model);
  const steep = {
    name: 'steep',
    objective: {
      name: 'steep',
      terms: ['steep'],
      evaluate: () => ({ steep: tf.mul(tf.sum(model.weights['output/bias']!), 1e30) as tf.Scalar }),
    },
  };
  await expect(fit(model, twoClouds(), steep, { epochs: 1, seed: 0, clipNorm: 1 })).rejects.toMatchObject({
    code: 'diverged',
    message: expect.stringContaining('fit: expected the norm of the gradient to be a finite number, got Infinity in epoch 1, step 1.'),
  });
  expect(bitsOf(model)).toEqual(before);
  model.dispose();
});
