import { ascent, createNoise, crossEntropyOf, defineAttack, linear, linf, type StepAttack } from '@groundstate/core';
import { describeObjective, smoothModel } from '@groundstate/testing';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { fixedAttack } from '../tests/fixed-attack';
import { linearClassifier } from '../tests/linear-classifier';
import { takeStep } from '../tests/take-step';
import { mart, martLoss, martSettings } from './mart';

const threat = { norm: linf(), epsilon: 0.2 };
function attackOf(steps: number): StepAttack {
  const card = { name: 'pgd', norms: ['linf'], budget: 'fixed', access: 'gradients', goals: ['misclassify'], paper: 'none' } as const;
  return defineAttack({ card, ...ascent({ steps }) });
}

describeObjective(() => mart({ attack: attackOf(3), threat }).objective, { cost: 5 });
describeObjective(() => martLoss({ attack: fixedAttack((x) => tf.sub(1, x)), threat, on: 'labelled' }, 2), { cost: 2 });

/** The terms for one example with logits `bias` when clean and `bias + gain` when attacked. */
function termsOf(bias: readonly number[], gain: readonly number[], label: number, beta = 1): { boosted: number; divergence: number } {
  const model = linearClassifier([gain], bias);
  const { terms, gradients } = tf.tidy(() =>
    takeStep(mart({ attack: fixedAttack((x) => tf.add(x, 1)), threat, beta }).objective, {
      model,
      inputs: tf.zeros([1, 1]),
      labels: tf.tensor1d([label], 'int32'),
    }),
  );
  for (const gradient of Object.values(gradients)) for (const value of gradient) expect(Number.isFinite(value)).toBe(true);
  model.dispose();
  return { boosted: terms.boostedLoss!, divergence: terms.misclassifiedDivergence! };
}

describe('mart', () => {
  it('is what its formula says, written with probabilities', () => {
    // p = softmax(0, log 2, log 5) = (1, 2, 5) / 8 when clean, q = softmax(log 2, log 4, log 2) = (2, 4, 2) / 8 when attacked.
    const [bias, gain] = [
      [0, Math.log(2), Math.log(5)],
      [Math.log(2), Math.log(2), Math.log(2 / 5)],
    ] as const;
    const kl = (1 / 8) * Math.log(1 / 2) + (2 / 8) * Math.log(2 / 4) + (5 / 8) * Math.log(5 / 2);
    // Label 1 leads: the largest other is 1 / 4. Label 2 does not: the largest other is 1 / 2.
    for (const [label, own, other, clean] of [
      [1, 1 / 2, 1 / 4, 2 / 8],
      [2, 1 / 4, 1 / 2, 5 / 8],
    ] as const) {
      const { boosted, divergence } = termsOf(bias, gain, label, 3);
      expect(boosted).toBeCloseTo(-Math.log(own) - Math.log(1 - other), 5);
      expect(divergence).toBeCloseTo(3 * kl * (1 - clean), 5);
    }
  });

  it('counts every example twice where there are two classes: then 1 - p_k is p_y', () => {
    const noise = createNoise(
      6,
      Int32Array.from({ length: 8 }, (_, i) => i),
    );
    const model = smoothModel({ classes: 2, scale: 3 });
    tf.tidy(() => {
      const inputs: Tensor = noise.uniform([6]);
      const labels = tf.tensor1d([0, 1, 0, 1, 0, 1, 0, 1], 'int32') as Tensor1D;
      const { terms } = takeStep(mart({ attack: fixedAttack((x) => x), threat }).objective, { model, inputs, labels });
      expect(terms.boostedLoss).toBeCloseTo(2 * tf.mean(crossEntropyOf(model.logits(inputs), labels)).dataSync()[0]!, 5);
    });
    model.dispose();
  });

  it('stays finite and exact for a model that is sure of the wrong class, and of the right one', () => {
    expect(termsOf([100, -100], [0, 0], 1).boosted).toBeCloseTo(400, 3);
    expect(termsOf([-100, 100], [0, 0], 1).boosted).toBe(0);
    // Sure when clean (1 - p_y = e^-20), wrong when attacked: KL = 20 to within 1e-7, times e^-20. Far below a rounding of p_y.
    expect(termsOf([20, 0], [-20, 20], 0).divergence / (20 * Math.exp(-20))).toBeCloseTo(1, 4);
  });

  it('follows a schedule of beta', () => {
    const model = linearClassifier([[1, 0]], [0, 1]);
    const term = (beta: Parameters<typeof martLoss>[1] & {}): number =>
      tf.tidy(() => {
        const given = { model, inputs: tf.zeros([1, 1]), labels: tf.tensor1d([0], 'int32') as Tensor1D, progress: 0.25 };
        return takeStep(mart({ attack: fixedAttack((x) => tf.add(x, 1)), threat, beta }).objective, given).terms.misclassifiedDivergence!;
      });
    expect(term(linear(0, 8)) / term(2)).toBeCloseTo(1, 5);
    model.dispose();
  });

  it('can be had with the settings of the authors, and shows its adversary', () => {
    for (const { epsilon, steps, beta } of Object.values(martSettings)) {
      const attack = attackOf(steps);
      const { name, objective } = mart({ attack, threat: { norm: linf(), epsilon }, beta });
      expect([name, objective.adversaries]).toEqual(['mart', [{ attack, threat: { norm: linf(), epsilon }, on: 'labelled' }]]);
    }
  });

  it('says what is wrong with its options', () => {
    const attack = attackOf(1);
    expect(() => mart({ attack, threat, weight: 5 } as never)).toThrow(
      "mart: expected `option` to be one of 'attack', 'threat', 'beta', 'warmUp', got \"weight\".",
    );
    expect(() => mart({ threat } as never)).toThrow('mart: expected `attack` to be a single attack, such as pgd(), got undefined.');
    expect(() => mart({ attack, threat, beta: -1 })).toThrow('mart: expected `beta` to be a finite number of at least 0, got -1.');
    expect(() => mart({ attack, threat: { norm: { ...linf(), name: 'l0' }, epsilon: 1 } })).toThrow(
      'mart: expected `threat.norm` to be one that it is defined for (linf), got "l0".',
    );
    expect(() => martLoss({ attack, threat, on: 'unlabelled' })).toThrow(
      'martLoss: expected `adversary.on` to be \'labelled\', got "unlabelled". Whether an example is misclassified needs its label.',
    );
  });
});
