import { createNoise, createStep, linf } from '@groundstate/core';
import { describeObjective, smoothModel } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { chordError, elle, elleSettings } from './elle';

// Values and gradients stand beside an outside implementation in tests/penalties.test.ts.
const threat = { norm: linf(), epsilon: 0.1 };

// A small error by nature: weighted so that the clean loss does not drown it, and with the digits that differences of losses leave.
describeObjective(() => elle({ threat, weight: 10 }).objective, { cost: 5 });
describeObjective(() => chordError({ threat: { norm: linf(), epsilon: 0.5 } }), { cost: 3, tolerance: 1e-2 });

it('has both ends in the ball and the middle between them', () => {
  const model = smoothModel();
  const left = tf.memory().numTensors;
  tf.tidy(() => {
    const ids = Int32Array.from({ length: 50 }, (_, i) => i);
    const labelled = { ids, inputs: tf.fill([50, 6], 0.5), labels: tf.zeros([50], 'int32') as tf.Tensor1D };
    const { context } = createStep({ model, labelled, noise: (rows) => createNoise(1, rows), progress: 0 });
    const { from, to, between, share } = chordError({ threat }).prepare!(context);
    const [a, b, c, t] = [from, to, between, share].map((tensor) => tensor.dataSync());
    for (let i = 0; i < 300; i++) {
      expect(Math.max(Math.abs(a![i]! - 0.5), Math.abs(b![i]! - 0.5))).toBeLessThan(0.1 + 1e-6);
      expect(c![i]).toBeCloseTo(a![i]! + t![Math.floor(i / 6)]! * (b![i]! - a![i]!), 5);
    }
    // Two draws, not one, over the whole ball, and shares over the whole interval.
    expect(Math.max(...a!.map((value, i) => Math.abs(value - b![i]!)))).toBeGreaterThan(0.15);
    expect([Math.min(...t!) < 0.1, Math.max(...t!) > 0.9]).toEqual([true, true]);
  });
  expect(tf.memory().numTensors).toBe(left);
  model.dispose();
});

it('has the weight of the paper, and refuses what it does not know', () => {
  const { epsilon, weight } = elleSettings.cifar10;
  expect(elle({ threat: { norm: linf(), epsilon } }).objective.name).toBe(
    `adversarial-loss + ${weight} chord-error within linf ${epsilon}`,
  );
  expect(() => elle({ threat, weight: -1 })).toThrow('elle: expected `weight` to be a finite number of at least 0, got -1.');
  expect(() => chordError({ threat: { ...threat, epsilon: -1 } })).toThrow(
    'chordError: expected `threat.epsilon` to be a finite number of at least 0, got -1.',
  );
});
