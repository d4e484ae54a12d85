import { createNoise, createStep, type TrainableModel } from '@groundstate/core';
import { describeObjective, fixedNoise, smoothModel } from '@groundstate/testing';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { disagreement } from '../tests/agreement';
import { takeStep } from '../tests/take-step';
import { jacobianPenalty, jacobianRegularisation, jacobianSettings } from './jacobian-regularisation';

// Values and gradients by double backpropagation stand beside an outside implementation in tests/penalties.test.ts.
describeObjective(() => jacobianRegularisation({ weight: 0.5 }).objective, { cost: 4 });
describeObjective(() => jacobianRegularisation({ weight: 0.5, projections: 2, method: 'double-backprop' }).objective, {
  cost: 5,
  readsOnce: true,
});

it('both methods agree on a smooth network', () => {
  expect(disagreement(jacobianPenalty({ method: 'double-backprop' }), jacobianPenalty())).toBeLessThan(1e-3);
});

/** f(x) = x W: the Jacobian is W transposed everywhere. */
function linear(kernel: tf.Variable): TrainableModel {
  const logits = (inputs: tf.Tensor): Tensor2D => tf.matMul(inputs as Tensor2D, kernel as unknown as Tensor2D);
  return { name: 'linear', bounds: [0, 1], classes: 2, inputShape: [2], weights: { kernel }, buffers: {}, logits };
}

it.each(['finite-difference', 'double-backprop'] as const)(
  'of f = x W it is |W v|^2 for a unit v, and its gradient 2 W v v^T (%s)',
  (method) => {
    // C / 2 = 1. v = (3, 4) / 5 and W = [[1, 2], [0, -1]]: W v = (11, -4) / 5, |W v|^2 = 137 / 25; W v v^T = [[33, 44], [-12, -16]] / 25.
    const left = tf.memory().numTensors;
    tf.tidy(() => {
      const kernel = tf.variable(tf.tensor2d([1, 2, 0, -1], [2, 2]));
      const given = { inputs: tf.tensor2d([[0.5, 0.25]]), labels: tf.tensor1d([1], 'int32'), noise: fixedNoise(tf.tensor2d([[6, 8]])) };
      const { terms, gradients } = takeStep(jacobianPenalty({ method }), { model: linear(kernel), ...given });
      expect(terms.jacobianPenalty).toBeCloseTo(137 / 25, 4);
      for (const [i, value] of [66, 88, -24, -32].entries()) expect(gradients.kernel![i]).toBeCloseTo(value / 25, 3);
      kernel.dispose();
    });
    expect(tf.memory().numTensors).toBe(left);
  },
);

it('is half the squared Frobenius norm on average over the draws', () => {
  // |W|_F^2 / 2 = 3; over 4,000 draws in two classes the standard error of the mean is below 0.03.
  tf.tidy(() => {
    const kernel = tf.variable(tf.tensor2d([1, 2, 0, -1], [2, 2]));
    const ids = Int32Array.from({ length: 2000 }, (_, i) => i);
    const labelled = { ids, inputs: tf.fill([2000, 2], 0.5), labels: tf.zeros([2000], 'int32') as tf.Tensor1D };
    const { context, onTape } = createStep({ model: linear(kernel), labelled, noise: (rows) => createNoise(1, rows), progress: 0 });
    const objective = jacobianPenalty({ projections: 2 });
    const constants = objective.prepare!(context);
    expect(Math.abs(onTape(() => objective.evaluate(context, constants)).jacobianPenalty!.dataSync()[0]! - 3)).toBeLessThan(0.12);
    kernel.dispose();
  });
});

it('draws its projections anew for every one of them', () => {
  const model = smoothModel();
  tf.tidy(() => {
    const given = { model, inputs: tf.fill([2, 6], 0.5), labels: tf.tensor1d([0, 1], 'int32') };
    const [one, two] = [1, 2].map((projections) => takeStep(jacobianPenalty({ projections }), given).terms.jacobianPenalty!);
    expect(Math.abs(one! / two! - 1)).toBeGreaterThan(1e-3);
  });
  model.dispose();
});

it('has the weight of the paper, and refuses what it does not know', () => {
  expect(jacobianRegularisation().objective.name).toContain(`${jacobianSettings.mnist.weight} jacobian-penalty x1`);
  expect(() => jacobianRegularisation({ projections: 0 })).toThrow(
    'jacobianRegularisation: expected `projections` to be an integer of at least 1, got 0.',
  );
  expect(() => jacobianPenalty({ weight: 1 } as object)).toThrow(
    "jacobianPenalty: expected `option` to be one of 'projections', 'method', got \"weight\".",
  );
});
