import { describeObjective, linearModel } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { disagreement } from '../tests/agreement';
import { onceDifferentiable, withBuffer } from '../tests/awkward-models';
import { takeStep } from '../tests/take-step';
import { gradientPenalty, inputGradientRegularisation } from './input-gradient-regularisation';
import { differenceStep } from './input-gradients';

// Values and gradients by double backpropagation stand beside an outside implementation in tests/penalties.test.ts.
describeObjective(() => inputGradientRegularisation({ weight: 0.5 }).objective, { cost: 4 });
describeObjective(() => inputGradientRegularisation({ weight: 0.5, method: 'double-backprop' }).objective, { cost: 3, readsOnce: true });

it('both methods agree on a smooth network', () => {
  expect(disagreement(gradientPenalty({ method: 'double-backprop' }), gradientPenalty())).toBeLessThan(1e-3);
});

it.each(['finite-difference', 'double-backprop'] as const)('is (1 - p)^2 |w|^2 for a linear lead, 0 for a flat one (%s)', (method) => {
  // l = log(1 + exp(-s)) with s = <w, x> + b for label 1, so g = -(1 - p) w; w = 0 has no direction at all.
  const left = tf.memory().numTensors;
  const penaltyOf = (weights: number[]): number =>
    tf.tidy(() => {
      const bias = tf.variable(tf.scalar(0.2));
      const { logits, ...model } = linearModel(weights, 0);
      const shifted = (inputs: tf.Tensor): tf.Tensor2D => tf.add(logits(inputs), tf.mul(bias, tf.tensor2d([[0, 1]]))) as tf.Tensor2D;
      const given = { inputs: tf.tensor2d([[0.5, 0.25]]), labels: tf.tensor1d([1], 'int32') };
      const { terms } = takeStep(gradientPenalty({ method }), {
        model: { ...model, logits: shifted, weights: { bias }, buffers: {} },
        ...given,
      });
      bias.dispose();
      return terms.gradientPenalty!;
    });
  const lead = 2 * 0.5 - 0.25 + 0.2;
  expect(penaltyOf([2, -1])).toBeCloseTo(5 / (1 + Math.exp(lead)) ** 2, 4);
  expect(penaltyOf([0, 0])).toBe(0);
  expect(tf.memory().numTensors).toBe(left);
});

it('measures in inference mode where the model has buffers, and trains on the clean example as ever', () => {
  const model = withBuffer();
  tf.tidy(() => {
    const given = { inputs: tf.fill([2, 6], 0.5), labels: tf.tensor1d([0, 1], 'int32') };
    takeStep(inputGradientRegularisation().objective, { model, ...given });
  });
  // The direction, the clean pass, and both ends of the difference together.
  expect(model.modes).toEqual(['inference', 'training', 'inference']);
  model.dispose();
});

it('takes differences at a hundredth of half the box, and of 1 where there is none', () => {
  const shape = { inputShape: [28, 28, 1], name: 'm', classes: 10, logits: () => tf.zeros([0, 10]) as tf.Tensor2D };
  expect(differenceStep({ ...shape, bounds: [0, 1] })).toBeCloseTo(0.14, 12);
  expect(differenceStep({ ...shape, bounds: [-1, 1] })).toBeCloseTo(0.28, 12);
  expect(differenceStep({ ...shape, bounds: [-Infinity, Infinity] })).toBeCloseTo(0.28, 12);
});

it('refuses a network that cannot be differentiated twice, and takes it by differences', () => {
  const model = onceDifferentiable();
  const left = tf.memory().numTensors;
  tf.tidy(() => {
    const given = { model, inputs: tf.fill([2, 6], 0.5), labels: tf.tensor1d([0, 1], 'int32') };
    expect(() => takeStep(gradientPenalty({ method: 'double-backprop' }), given)).toThrow(
      /^gradientPenalty: expected `model` to be one that can be differentiated twice, got "once-differentiable"\. .*LRN.* Use the method 'finite-difference'\.$/,
    );
    expect(takeStep(gradientPenalty(), given).terms.gradientPenalty).toBeGreaterThan(0);
  });
  expect(tf.memory().numTensors).toBe(left);
  model.dispose();
});

it('refuses what it does not know', () => {
  expect(() => inputGradientRegularisation({ weight: -1 })).toThrow(
    'inputGradientRegularisation: expected `weight` to be a finite number of at least 0, got -1.',
  );
  expect(() => gradientPenalty({ method: 'exact' as 'double-backprop' })).toThrow(
    "gradientPenalty: expected `method` to be one of 'finite-difference', 'double-backprop', got \"exact\".",
  );
});
