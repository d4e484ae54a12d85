import { crossEntropyOf, type StepContext, type Terms } from '@groundstate/core';
import { leakedTensors, relativeError, weightDifferences } from '@groundstate/testing';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { littleModel } from '../tests/toys';
import { plainDescent } from './plain-descent';

// What the terms are made of is their own affair: the plain gradient asks nothing of the context.
const context = {} as StepContext;

it('gives the gradients of the sum of the terms, the terms, and the memory as it was', async () => {
  const model = littleModel();
  const inputs = tf.tensor2d([0.1, 0.9, 0.4, 0.3, 0.8, 0.2], [3, 2]);
  const labels = tf.tensor1d([0, 1, 1], 'int32');
  const terms = (): Terms => ({
    loss: tf.mean(crossEntropyOf(model.logits(inputs), labels)) as Scalar,
    size: tf.mul(tf.sum(tf.square(model.weights['output/kernel']!)), 0.1) as Scalar,
  });
  const memory = { kept: tf.scalar(5) };
  const leaked = await leakedTensors(async () => {
    const made = tf.tidy(() => ({ ...plainDescent().gradients(model, terms, context, memory) }));
    expect(made.memory).toBe(memory);
    const [loss, size] = tf.tidy(() => Object.values(terms()).map((term) => term.dataSync()[0]!));
    expect([made.terms.loss!.dataSync()[0], made.terms.size!.dataSync()[0]]).toEqual([loss, size]);
    const reference = await weightDifferences(model, () => Object.values(terms()).reduce((sum, term) => tf.add(sum, term) as Scalar));
    expect(Object.keys(made.gradients)).toEqual(Object.keys(model.weights));
    for (const [name, gradient] of Object.entries(made.gradients)) {
      expect(relativeError(await gradient.data(), reference[name]!)).toBeLessThan(2e-3);
    }
    return [made.gradients, made.terms];
  });
  expect(leaked).toBe(0);
  tf.dispose([memory, inputs, labels]);
  model.dispose();
});

it('leaves out a weight that the terms do not depend on, and takes a single term', () => {
  const model = littleModel();
  tf.tidy(() => {
    const terms = (): Terms => ({ only: tf.sum(tf.square(model.weights['output/bias']!)) as Scalar });
    const made = plainDescent().gradients(model, terms, context, {});
    expect(Object.keys(made.gradients)).toEqual(['output/bias']);
    const bias = model.weights['output/bias']!.dataSync();
    // d sum(b^2) / db = 2 b, and doubling is exact.
    expect(Array.from(made.gradients['output/bias']!.dataSync())).toEqual(Array.from(bias, (value) => 2 * value));
    expect(made.terms.only!.shape).toEqual([]);
  });
  model.dispose();
});

const failures: readonly [string, (weight: tf.Tensor) => Terms][] = [
  [
    'the terms throw',
    (weight) => {
      tf.square(weight);
      throw new Error('no');
    },
  ],
  ['the terms do not fit each other', (weight) => ({ a: tf.ones([2]) as unknown as Scalar, b: tf.concat([weight, weight]) as Scalar })],
  ['no term depends on a weight', () => ({ constant: tf.scalar(1) })],
  ['a term is not a scalar', (weight) => ({ many: tf.square(weight) as unknown as Scalar })],
  [
    'the backward pass throws',
    (weight) => {
      const failing = tf.customGrad((x) => ({
        value: tf.sum(x as Tensor2D),
        gradFunc: () => {
          throw new Error('no');
        },
      }));
      return { failing: failing(tf.square(weight)) as Scalar };
    },
  ],
];

it.each(failures)('frees everything when %s', async (_title, terms) => {
  const model = littleModel();
  const leaked = await leakedTensors(() => {
    const attempt = (): unknown =>
      tf.tidy(() => ({ ...plainDescent().gradients(model, () => terms(model.weights['hidden/bias']!), context, {}) }));
    expect(attempt).toThrow();
  });
  expect(leaked).toBe(0);
  model.dispose();
});
