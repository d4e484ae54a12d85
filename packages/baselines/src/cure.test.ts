import { linear } from '@groundstate/core';
import { describeObjective, smoothModel } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { disagreement } from '../tests/agreement';
import { takeStep } from '../tests/take-step';
import { cure, cureSettings, curvaturePenalty } from './cure';

// Values and gradients by double backpropagation stand beside an outside implementation in tests/penalties.test.ts.
// Differences of differences: in float32 they keep a digit less.
describeObjective(() => cure({ h: 0.5 }).objective, { cost: 7, tolerance: 5e-3 });
describeObjective(() => cure({ h: 0.5, method: 'double-backprop' }).objective, { cost: 6, readsOnce: true });

it('both methods agree on a smooth network', () => {
  expect(disagreement(curvaturePenalty({ h: 0.5, method: 'double-backprop' }), curvaturePenalty({ h: 0.5 }))).toBeLessThan(2e-3);
});

it('is 0 where h is, and h follows its schedule', () => {
  const model = smoothModel();
  tf.tidy(() => {
    const given = { model, inputs: tf.fill([2, 6], 0.5), labels: tf.tensor1d([0, 1], 'int32') };
    const at = (h: Parameters<typeof curvaturePenalty>[0], progress = 0): number =>
      takeStep(curvaturePenalty(h), { ...given, progress }).terms.curvature!;
    expect(at({ h: 0 })).toBe(0);
    expect(at({ h: linear(0, 1, 0.5) }, 0.25)).toBe(at({ h: 0.5 }));
    expect(at({ h: 0.5 })).toBeGreaterThan(0);
  });
  model.dispose();
});

it('has the weight and the reach of the paper, and refuses what it does not know', () => {
  const { h, weight } = cureSettings.cifar10;
  expect(cure().objective.name).toBe(`clean-loss + ${weight} curvature-penalty ${h} by finite-difference`);
  expect(() => cure({ h: -1 })).toThrow('cure: expected `h` to be a finite number of at least 0, got -1.');
  expect(() => cure({ weight: -1 })).toThrow('cure: expected `weight` to be a finite number of at least 0, got -1.');
});
