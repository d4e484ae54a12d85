import { ascent, cleanLoss, defineAttack, linear, linf, type StepAttack, sum } from '@groundstate/core';
import { describeObjective } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { fixedAttack } from '../tests/fixed-attack';
import { linearClassifier } from '../tests/linear-classifier';
import { takeStep } from '../tests/take-step';
import { type AlpOptions, alp, alpSettings, pairingLoss } from './alp';

const threat = { norm: linf(), epsilon: 0.2 };
function attackOf(steps: number): StepAttack {
  const card = { name: 'pgd', norms: ['linf'], budget: 'fixed', access: 'gradients', goals: ['misclassify'], paper: 'none' } as const;
  return defineAttack({ card, ...ascent({ steps }) });
}

describeObjective(() => alp({ attack: attackOf(3), threat }).objective, { cost: 5 });
describeObjective(() => alp({ attack: attackOf(1), threat, cleanShare: 0.5 }).objective, { cost: 3 });
// Beside the clean loss, which it shares a pass with: the pairing alone does not depend on the last bias.
describeObjective(() => sum(cleanLoss(), pairingLoss({ attack: fixedAttack((x) => tf.sub(1, x)), threat, on: 'labelled' })), { cost: 2 });

const kernel = [
  [1, -2, 0.5],
  [0, 3, -1],
];
const bias = [0.3, 0, -0.3];
/** Two examples, each moved by r, with labels 0 and 1. */
const r = [0.1, -0.2];
const points = [
  [0.5, 0.3],
  [0.2, 0.7],
] as const;

function taken(options: Partial<AlpOptions>, progress = 0): ReturnType<typeof takeStep> {
  const model = linearClassifier(kernel, bias);
  const result = tf.tidy(() =>
    takeStep(alp({ attack: fixedAttack((x) => tf.add(x, tf.tensor1d(r))), threat, ...options }).objective, {
      model,
      inputs: tf.tensor2d(points.map((row) => [...row])),
      labels: tf.tensor1d([0, 1], 'int32'),
      progress,
    }),
  );
  model.dispose();
  return result;
}

const logits = (x: readonly number[]): number[] => bias.map((b, k) => b + x[0]! * kernel[0]![k]! + x[1]! * kernel[1]![k]!);
const loss = (x: readonly number[], label: number): number => {
  const z = logits(x);
  return Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0)) - z[label]!;
};
const moved = points.map((x) => [x[0] + r[0]!, x[1] + r[1]!]);
const clean = (loss(points[0], 0) + loss(points[1], 1)) / 2;
const attacked = (loss(moved[0]!, 0) + loss(moved[1]!, 1)) / 2;
// W' r = (0.1, -0.8, 0.25) for every example: the mean square over the three classes.
const pairing = (0.1 ** 2 + 0.8 ** 2 + 0.25 ** 2) / 3;

it('adds the mean square, over batch and classes, of the difference of logits', () => {
  const { terms } = taken({ weight: 2 });
  expect(terms.adversarialLoss).toBeCloseTo(attacked, 5);
  expect(terms.pairing).toBeCloseTo(2 * pairing, 5);
  expect(Object.keys(terms)).toEqual(['adversarialLoss', 'pairing']);
});

it('with a share of the clean loss it is the mixed minibatch: the mean over both halves', () => {
  const { terms } = taken({ cleanShare: 0.5 });
  expect(terms.cleanLoss).toBeCloseTo(0.5 * clean, 5);
  expect(terms.adversarialLoss).toBeCloseTo(0.5 * attacked, 5);
  expect(terms.pairing).toBeCloseTo(0.5 * pairing, 5);
});

it('pairs nothing where the attack did not move, and follows a schedule of the weight', () => {
  expect(taken({ attack: fixedAttack((x) => x) }).terms.pairing).toBe(0);
  expect(taken({ weight: linear(0, 4) }, 0.5).terms.pairing).toBeCloseTo(2 * pairing, 5);
});

it('can be had with the settings of the authors, and is called after what it mixes', () => {
  const { epsilon, steps, step, weight, cleanShare } = alpSettings.imagenet64;
  const mixed = alp({ attack: attackOf(steps), threat: { norm: linf(), epsilon }, weight, cleanShare });
  expect([epsilon * 255, step * 255]).toEqual([16, 2]);
  expect([mixed.name, mixed.objective.adversaries![0]!.attack.steps]).toEqual(['alp-mixed', 10]);
  // One adversary object: both terms pay for it once.
  expect(mixed.objective.adversaries).toHaveLength(1);
  expect(alp({ attack: attackOf(1), threat }).name).toBe('alp');
});

it('says what is wrong with its options', () => {
  const attack = attackOf(1);
  expect(() => alp({ attack, threat, beta: 5 } as never)).toThrow(/^alp: expected `option` to be one of 'attack', .*, got "beta"\.$/);
  expect(() => alp({ attack, threat, weight: -1 })).toThrow('alp: expected `weight` to be a finite number of at least 0, got -1.');
  expect(() => alp({ attack, threat, cleanShare: 2 })).toThrow(
    'alp: expected `cleanShare` to be a finite number of at least 0 and of at most 1, got 2.',
  );
  expect(() => alp({ attack, threat: undefined as never })).toThrow(
    'alp: expected `threat.norm` to be one that it is defined for (linf), got undefined.',
  );
  expect(() => pairingLoss({ attack, threat, on: 'all' })).toThrow('pairingLoss: expected `adversary.on` to be \'labelled\', got "all".');
});
