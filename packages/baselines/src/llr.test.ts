import { ascend, createNoise, crossEntropyOf, l2, linf } from '@groundstate/core';
import { describeObjective, smoothModel } from '@groundstate/testing';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { disagreement } from '../tests/agreement';
import { fixedAttack } from '../tests/fixed-attack';
import { linearityLoss, localLinearity, localLinearitySettings } from './llr';

// Values and gradients by double backpropagation stand beside an outside implementation in tests/penalties.test.ts.
const threat = { norm: linf(), epsilon: 0.1 };

describeObjective(() => localLinearity({ threat, steps: 3 }).objective, { cost: 8 });
describeObjective(() => localLinearity({ threat, steps: 3, method: 'double-backprop' }).objective, { cost: 8, readsOnce: true });

it('both methods agree on a smooth network', () => {
  const adversary = { attack: fixedAttack((x) => tf.add(x, 0.2)), threat, on: 'labelled' } as const;
  expect(disagreement(linearityLoss({ adversary, method: 'double-backprop' }), linearityLoss({ adversary }))).toBeLessThan(5e-3);
});

it.each([linf(), l2()])('the ascent leads away from the tangent, inside the ball ($name)', (norm) => {
  const model = smoothModel({ scale: 2 });
  const left = tf.memory().numTensors;
  tf.tidy(() => {
    const n = 20;
    const ids = Int32Array.from({ length: n }, (_, i) => i);
    const inputs = createNoise(2, ids).uniform([6], [0.3, 0.7]);
    const labels = tf.tensor1d(
      Array.from(ids, (id) => id % 3),
      'int32',
    );
    const budget = { norm, epsilon: norm.name === 'linf' ? 0.2 : 0.5 };
    const loss = (x: tf.Tensor): Tensor1D => crossEntropyOf(model.logits(x) as Tensor2D, labels);
    const tangent = tf.grad((x: tf.Tensor) => tf.sum(loss(x)))(inputs);
    const gapOf = (steps: number, relativeStep: number): Float32Array => {
      const { attack } = localLinearity({ threat: budget, steps, relativeStep }).objective.adversaries![0]!;
      const noise = createNoise(1, ids);
      const end = ascend(attack, { model, inputs, goal: { kind: 'misclassify', labels }, threat: budget, noise });
      const delta = tf.sub(end, inputs);
      expect(Math.max(...norm.size(delta).dataSync())).toBeLessThan(budget.epsilon * (1 + 1e-5));
      return tf.abs(tf.sub(tf.sub(loss(end), loss(inputs)), tf.sum(tf.mul(delta, tangent), 1))).dataSync<'float32'>();
    };
    // Against one step so small that it stays at its random start.
    const [start, climbed] = [gapOf(1, 1e-6), gapOf(10, 0.25)];
    for (let i = 0; i < n; i++) expect(climbed[i]).toBeGreaterThan(start[i]!);
  });
  expect(tf.memory().numTensors).toBe(left);
  model.dispose();
});

it('has the weights of the paper, and refuses what it does not know', () => {
  const { gapWeight, slopeWeight } = localLinearitySettings.cifar10;
  expect(localLinearity({ threat }).objective.name).toBe(`clean-loss + linearity-loss ${gapWeight} ${slopeWeight} by finite-difference`);
  expect(() => localLinearity({ threat, gapWeight: -1 })).toThrow(
    'localLinearity: expected `gapWeight` to be a finite number of at least 0, got -1.',
  );
  const adversary = { attack: fixedAttack((x) => x), threat, on: 'all' } as const;
  expect(() => linearityLoss({ adversary })).toThrow(
    'linearityLoss: expected `adversary.on` to be \'labelled\', got "all". Cross-entropy needs labels.',
  );
});
