import { type Examples, examplesFromArrays, l2, linf, type Model } from '@groundstate/core';
import { linearModel } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { littleAttack } from '../tests/toys';
import { type RobustValidationOptions, robustValidation } from './robust-validation';

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(tensorsBefore));

/**
 * lead(x) = x - 0.5, of label 1: an example is right where x is above 0.5, and holds where it is above 0.5 + epsilon.
 * For label 0 the other way round. Two steps of ascent reach the end of so short a ball.
 */
const line = linearModel([1], -0.5);
const points: Examples = examplesFromArrays({
  inputs: Float32Array.of(0.9, 0.55, 0.3, 0.7, 0.1, 0.45, 0.8),
  labels: [1, 1, 1, 1, 0, 0, 0],
  shape: [1],
});
const options = { examples: points, attack: littleAttack(), threat: { norm: linf(), epsilon: 0.1 } };

it('counts what is right, and what stays right under the attack', async () => {
  // Right: 0.9, 0.55, 0.7 of label 1; 0.1, 0.45 of label 0. Of these 0.55 and 0.45 can be pushed over the edge.
  const { clean, robust, forwards, backwards } = await robustValidation(options).validate(line);
  expect([clean, robust]).toEqual([5 / 7, 3 / 7]);
  // One clean pass each; the attack spends at most two gradient evaluations on each of the five that were right.
  expect(backwards).toBeGreaterThanOrEqual(3 * 2 + 2);
  expect(backwards).toBeLessThanOrEqual(5 * 2);
  expect(forwards).toBeGreaterThanOrEqual(7 + backwards);
});

it('gives the same figures again, in batches of any size', async () => {
  const whole = await robustValidation(options).validate(line);
  for (const batchSize of [1, 3, 7]) expect(await robustValidation({ ...options, batchSize }).validate(line)).toEqual(whole);
});

it('a model whose logits are not numbers is never right', async () => {
  const broken: Model = { ...line, logits: (inputs) => tf.mul(line.logits(inputs), Number.NaN) as tf.Tensor2D };
  expect(await robustValidation(options).validate(broken)).toMatchObject({ clean: 0, robust: 0 });
});

it('stops when the signal fires, and leaves nothing behind', async () => {
  const signal = AbortSignal.abort();
  await expect(robustValidation(options).validate(line, { signal })).rejects.toMatchObject({ code: 'aborted' });
});

it('is named with all of its settings', () => {
  expect(robustValidation({ ...options, every: 2, seed: 4, batchSize: 8 }).name).toBe(
    'little x2, linf 0.1, 7 examples, every 2, seed 4, batches of 8',
  );
});

it('says what is wrong with its options, before any training', () => {
  const attempt = (changes: Partial<RobustValidationOptions>) => () => robustValidation({ ...options, ...changes });
  expect(attempt({ every: 0 })).toThrow('robustValidation: expected `every` to be an integer of at least 1, got 0.');
  expect(attempt({ threat: { norm: l2(), epsilon: 1 } })).toThrow(
    'robustValidation: expected `threat.norm` to be one of those of little (linf), got "l2".',
  );
  expect(attempt({ threat: { norm: linf(), epsilon: Number.NaN } })).toThrow(
    'robustValidation: expected `threat.epsilon` to be a finite number of at least 0, got NaN.',
  );
  const card = { ...littleAttack().card, goals: ['change'] } as const;
  expect(attempt({ attack: { ...littleAttack(), card } })).toThrow('expected `attack` to be one that can misclassify, got "little".');
  expect(attempt({ examples: { ...points, size: 0 } })).toThrow('robustValidation: expected `examples` to be at least one example, got 0.');
  expect(attempt({ epochs: 1 } as Partial<RobustValidationOptions>)).toThrow("expected `option` to be one of 'examples', 'attack'");
});
