import { ascend, linf } from '@groundstate/core';
import { describeObjective, fixedNoise, linearModel } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { fastAdversarialTraining, fastSettings } from './fast-at';

const threat = { norm: linf(), epsilon: 0.1 };

describeObjective(() => fastAdversarialTraining({ threat }).objective, { cost: 2 });

it('steps 1.25 epsilon from where the noise put it, and is brought back to the ball and the box', () => {
  // The lead of class 1 is x_0 - x_1 + x_2 + x_3, so for label 1 the loss climbs along s = (-1, 1, -1, -1). From x + 0.1 u the step of 0.125 s
  // ends at 0.1 u + 0.125 s: (-0.225, 0.075, -0.045, -0.125), the first and the last cut to -0.1; x_3 = 0.04 stops at the box.
  const left = tf.memory().numTensors;
  tf.tidy(() => {
    const { attack } = fastAdversarialTraining({ threat }).objective.adversaries![0]!;
    const inputs = tf.tensor2d([[0.5, 0.5, 0.5, 0.04]]);
    const noise = fixedNoise(tf.tensor2d([[-1, -0.5, 0.8, 0]]));
    const goal = { kind: 'misclassify', labels: tf.tensor1d([1], 'int32') } as const;
    const found = ascend(attack, { model: linearModel([1, -1, 1, 1], 0), inputs, goal, threat, noise });
    for (const [i, value] of [0.4, 0.575, 0.455, 0].entries()) expect(found.dataSync()[i]).toBeCloseTo(value, 6);
  });
  expect(tf.memory().numTensors).toBe(left);
});

it('has the step of the paper on both data sets', () => {
  for (const { epsilon, step } of Object.values(fastSettings)) expect(step / epsilon).toBeCloseTo(1.25, 12);
  const { name, objective } = fastAdversarialTraining({ threat });
  expect([name, objective.terms]).toEqual(['fast-at', ['adversarialLoss']]);
});

it('refuses what it does not know', () => {
  const wrong = { threat: { norm: { ...linf(), name: 'l3' }, epsilon: 1 } };
  expect(() => fastAdversarialTraining(wrong)).toThrow(
    'fastAdversarialTraining: expected `threat.norm` to be one that it is defined for (linf, l2, l1), got "l3".',
  );
  expect(() => fastAdversarialTraining({ threat, relativeStep: 0 })).toThrow(
    'fastAdversarialTraining: expected `relativeStep` to be a finite number above 0, got 0.',
  );
});
