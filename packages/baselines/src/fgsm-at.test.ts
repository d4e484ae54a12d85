import { l1, l2, linf } from '@groundstate/core';
import { describeObjective } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { linearClassifier } from '../tests/linear-classifier';
import { takeStep } from '../tests/take-step';
import { fgsmAdversarialTraining, fgsmSettings } from './fgsm-at';

describeObjective(() => fgsmAdversarialTraining({ epsilon: 0.1 }).objective, { cost: 3 });
describeObjective(() => fgsmAdversarialTraining({ epsilon: 0.1, cleanShare: 0 }).objective, { cost: 2 });

it('mixes the clean loss with that of the worst corner of the ball, for a linear model', () => {
  // Logits (0, s), s = 2 x_0 - x_1, label 1, l = log(1 + exp(-s)). x' = x - 0.1 (1, -1), where s' = s - 0.3.
  // dl / dw = -(1 - p) x for the second column of the kernel, and (1 - p) x for the first.
  const model = linearClassifier(
    [
      [0, 2],
      [0, -1],
    ],
    [0, 0],
  );
  tf.tidy(() => {
    const { objective } = fgsmAdversarialTraining({ epsilon: 0.1, cleanShare: 0.25 });
    const { terms, gradients } = takeStep(objective, { model, inputs: tf.tensor2d([[0.5, 0.3]]), labels: tf.tensor1d([1], 'int32') });
    const loss = (s: number): number => Math.log1p(Math.exp(-s));
    const doubt = (s: number): number => 1 / (1 + Math.exp(s));
    expect(terms.cleanLoss).toBeCloseTo(0.25 * loss(0.7), 6);
    expect(terms.adversarialLoss).toBeCloseTo(0.75 * loss(0.4), 6);
    const column = [0, 1].map((i) => 0.25 * doubt(0.7) * [0.5, 0.3][i]! + 0.75 * doubt(0.4) * [0.4, 0.4][i]!) as [number, number];
    [column[0], -column[0], column[1], -column[1]].forEach((value, i) => {
      expect(gradients.kernel![i]).toBeCloseTo(value, 6);
    });
  });
  model.dispose();
});

it('leaves the clean loss out at share 0, and is called after it', () => {
  const mixed = fgsmAdversarialTraining({ threat: { norm: l2(), epsilon: 1 } });
  const alone = fgsmAdversarialTraining({ epsilon: 1, cleanShare: 0 });
  expect([mixed.name, mixed.objective.terms]).toEqual(['fgsm-at-mixed', ['cleanLoss', 'adversarialLoss']]);
  expect([alone.name, alone.objective.terms]).toEqual(['fgsm-at', ['adversarialLoss']]);
});

it('can be had with the settings of the paper', () => {
  const { norm, epsilon, cleanShare } = fgsmSettings.mnist;
  const [adversary] = fgsmAdversarialTraining({ epsilon, cleanShare }).objective.adversaries!;
  expect([adversary!.threat.norm.name, adversary!.threat.epsilon, adversary!.attack.steps]).toEqual([norm, 0.25, 1]);
});

it('says what is wrong with its options', () => {
  expect(() => fgsmAdversarialTraining({})).toThrow(
    'fgsmAdversarialTraining: expected `threat` to be given, or else `epsilon`, but not both, got undefined.',
  );
  expect(() => fgsmAdversarialTraining({ epsilon: 0.1, threat: { norm: linf(), epsilon: 0.1 } })).toThrow(
    'expected `threat` to be given, or else `epsilon`, but not both, got an object with keys [norm, epsilon].',
  );
  expect(() => fgsmAdversarialTraining({ epsilon: 0.1, cleanShare: 1.5 })).toThrow(
    'fgsmAdversarialTraining: expected `cleanShare` to be a finite number of at least 0 and of at most 1, got 1.5.',
  );
  expect(() => fgsmAdversarialTraining({ threat: { norm: l1(), epsilon: 1 } })).toThrow(
    'fgsmAdversarialTraining: expected `threat.norm` to be one that it is defined for (linf, l2), got "l1".',
  );
});
