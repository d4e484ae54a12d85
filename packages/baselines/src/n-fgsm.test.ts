import { ascend, l2, linf } from '@groundstate/core';
import { describeObjective, fixedNoise, linearModel } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { nFgsm, nFgsmSettings } from './n-fgsm';

const threat = { norm: linf(), epsilon: 0.1 };

describeObjective(() => nFgsm({ threat }).objective, { cost: 2 });

it('leaves the ball and never the box', () => {
  // As in fast-at: the loss climbs along s = (-1, 1, -1, -1). x' = x + 0.2 u + 0.1 s is as far as 0.3 from x; the last start,
  // 0.9 + 0.2, is cut to 1 before the step of -0.1 and so ends at 0.9, not at the 1 that cutting the end alone would give.
  const left = tf.memory().numTensors;
  tf.tidy(() => {
    const { attack } = nFgsm({ threat }).objective.adversaries![0]!;
    const inputs = tf.tensor2d([[0.5, 0.8, 0.5, 0.9]]);
    const noise = fixedNoise(tf.tensor2d([[-1, 1, 0.5, 1]]));
    const goal = { kind: 'misclassify', labels: tf.tensor1d([1], 'int32') } as const;
    const found = ascend(attack, { model: linearModel([1, -1, 1, 1], 0), inputs, goal, threat, noise });
    for (const [i, value] of [0.2, 1, 0.5, 0.9].entries()) expect(found.dataSync()[i]).toBeCloseTo(value, 6);
  });
  expect(tf.memory().numTensors).toBe(left);
});

it('has noise twice as wide as the ball and a step as long as epsilon, as in the paper', () => {
  for (const { epsilon, noise, step } of Object.values(nFgsmSettings)) expect([noise, step]).toEqual([2, epsilon]);
  expect(nFgsm({ threat }).name).toBe('n-fgsm-at');
});

it('refuses what it does not know', () => {
  expect(() => nFgsm({ threat: { norm: l2(), epsilon: 1 } })).toThrow(
    'nFgsm: expected `threat.norm` to be one that it is defined for (linf), got "l2".',
  );
  expect(() => nFgsm({ threat, noise: -1 })).toThrow('nFgsm: expected `noise` to be a finite number of at least 0, got -1.');
});
