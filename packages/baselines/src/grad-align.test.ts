import { linf } from '@groundstate/core';
import { describeObjective, linearModel, smoothModel } from '@groundstate/testing';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { onceDifferentiable } from '../tests/awkward-models';
import { takeStep } from '../tests/take-step';
import { gradAlign, gradAlignSettings, misalignment } from './grad-align';

// Values and gradients stand beside an outside implementation in tests/penalties.test.ts.
describeObjective(() => gradAlign({ epsilon: 0.1, weight: 0.5 }).objective, { cost: 6, readsOnce: true });

it('is 0 where the gradient points one way everywhere, and where there is none', () => {
  // A linear lead has gradients along w at every point. A flat one has none: its example is left out, with nothing to divide by.
  const left = tf.memory().numTensors;
  for (const weights of [
    [2, -1],
    [0, 0],
  ]) {
    tf.tidy(() => {
      const scale = tf.variable(tf.scalar(1));
      const { logits, ...rest } = linearModel(weights, 0.1);
      const model = { ...rest, logits: (inputs: tf.Tensor) => tf.mul(logits(inputs), scale) as Tensor2D, weights: { scale }, buffers: {} };
      const given = { inputs: tf.tensor2d([[0.5, 0.25]]), labels: tf.tensor1d([1], 'int32') };
      const { terms, gradients } = takeStep(misalignment({ epsilon: 0.2 }), { model, ...given });
      expect(terms.misalignment).toBeCloseTo(0, 6);
      expect(gradients.scale![0]).toBeCloseTo(0, 6);
      scale.dispose();
    });
  }
  expect(tf.memory().numTensors).toBe(left);
});

it('leaves an example without gradient out of the mean, and holds for gradients as small as 1e-25', () => {
  // The lead of the second example is scaled by 0, then by 1e-25: a mean over the first alone, and over both, cosines as they are.
  const model = smoothModel();
  tf.tidy(() => {
    const penaltyOf = (rows: number, factor: number): number => {
      const factors = tf.slice(tf.tensor2d([[1], [factor]]), [0, 0], [rows, 1]);
      const scaled = {
        ...model,
        name: `scaled by ${factor}`,
        logits: (inputs: tf.Tensor) => tf.mul(model.logits(inputs), rowsOf(factors, inputs)) as Tensor2D,
      };
      const given = { inputs: tf.fill([rows, 6], 0.5), labels: tf.slice(tf.tensor1d([0, 1], 'int32'), 0, rows) };
      return takeStep(misalignment({ epsilon: 0.3 }), { model: scaled, ...given }).terms.misalignment!;
    };
    const [alone, masked, tinyOne, equal] = [penaltyOf(1, 1), penaltyOf(2, 0), penaltyOf(2, 1e-25), penaltyOf(2, 1e-3)];
    expect(masked).toBeCloseTo(alone, 6);
    expect(Math.abs(equal / alone - 1)).toBeGreaterThan(1e-2);
    expect(Math.abs(tinyOne / equal - 1)).toBeLessThan(1e-2);
  });
  model.dispose();
});

/** The factors of as many rows as there are inputs: the check of the model looks at single examples. */
function rowsOf(factors: tf.Tensor2D, inputs: tf.Tensor): tf.Tensor {
  return tf.slice(factors, [0, 0], [inputs.shape[0] ?? 0, 1]);
}

it('has the weights of the paper, which grow with epsilon', () => {
  for (const { epsilon, weight } of Object.values(gradAlignSettings)) expect(0.02 * 10 ** ((255 * epsilon) / 8)).toBeCloseTo(weight, 10);
  const { name, objective } = gradAlign({ epsilon: 0.1 });
  expect([name, objective.terms]).toEqual(['grad-align', ['adversarialLoss', 'misalignment']]);
  expect(objective.adversaries).toMatchObject([{ threat: { norm: linf(), epsilon: 0.1 }, on: 'labelled' }]);
});

it('refuses a network that cannot be differentiated twice, and what it does not know', () => {
  const model = onceDifferentiable();
  const left = tf.memory().numTensors;
  tf.tidy(() => {
    const given = { model, inputs: tf.fill([2, 6], 0.5), labels: tf.tensor1d([0, 1], 'int32') };
    expect(() => takeStep(gradAlign({ epsilon: 0.1 }).objective, given)).toThrow(
      /^gradAlign: expected `model` to be one that can be differentiated twice, got "once-differentiable"\. .*LRN.* choose elle\(\)/,
    );
  });
  expect(tf.memory().numTensors).toBe(left);
  model.dispose();
  expect(() => gradAlign({ epsilon: -1 })).toThrow('gradAlign: expected `epsilon` to be a finite number of at least 0, got -1.');
  expect(() => gradAlign({ epsilon: 1, weight: -1 })).toThrow('gradAlign: expected `weight` to be a finite number of at least 0, got -1.');
});
