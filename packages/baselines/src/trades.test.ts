import { ascend, cleanLoss, createNoise, klOf, l1, l2, linear, linf, type Norm } from '@groundstate/core';
import { describeObjective, leakedTensors, relativeError, smoothModel } from '@groundstate/testing';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedAttack } from '../tests/fixed-attack';
import { linearClassifier } from '../tests/linear-classifier';
import { takeStep } from '../tests/take-step';
import { divergenceLoss, trades, tradesSettings } from './trades';

const threat = { norm: linf(), epsilon: 0.1 };
describeObjective(() => trades({ threat, steps: 1 }).objective, { cost: 3 });
describeObjective(() => trades({ threat, steps: 4 }).objective, { cost: 6 });
describeObjective(() => divergenceLoss({ attack: fixedAttack((x) => tf.sub(1, x)), threat, on: 'labelled' }), { cost: 2 });

const n = 6;
const ids = Int32Array.from({ length: n }, (_, i) => i);
const noise = createNoise(2, ids);
const uniform = (): Tensor => noise.stream('inputs').uniform([6]);
const labels = (): Tensor1D => tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32');
const norms: readonly Norm[] = [linf(), l2(), l1()];

/** Where the ascent of `trades` ends. */
function climb(norm: Norm, epsilon: number, steps: number, inputs: Tensor, model = smoothModel()): Tensor {
  const { attack } = trades({ threat: { norm, epsilon }, steps }).objective.adversaries![0]!;
  const goal = { kind: 'misclassify', labels: labels() } as const;
  const end = ascend(attack, { model, inputs, goal, threat: { norm, epsilon }, noise });
  goal.labels.dispose();
  return end;
}

describe('the ascent of trades', () => {
  it.each(norms)('climbs the divergence of every example, and higher with more steps, under $name', (norm) => {
    const model = smoothModel();
    tf.tidy(() => {
      const inputs = uniform();
      const at = (steps: number): ArrayLike<number> => {
        const end = climb(norm, 0.3, steps, inputs, model);
        return klOf(model.logits(inputs), model.logits(end)).dataSync();
      };
      const start = klOf(
        model.logits(inputs),
        model.logits(norm.project(norm.sample(inputs, 0.3, noise), inputs, 0.3, model.bounds)),
      ).dataSync();
      const [few, many] = [at(2), at(20)];
      for (let row = 0; row < n; row++) {
        expect(few[row]).toBeGreaterThan(0);
        // Above a random point of the ball, and no lower than after two steps.
        expect(many[row]).toBeGreaterThan(start[row]!);
        expect(many[row]).toBeGreaterThan(few[row]! * (1 - 1e-3));
      }
    });
    model.dispose();
  });

  it('ends inside ball and box, whatever the budget and wherever the example lies', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...norms),
        fc.double({ min: 0, max: 2, noNaN: true }),
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.constantFrom(0, 0.001, 0.5, 1), { minLength: 6 * n, maxLength: 6 * n }),
        (norm, epsilon, steps, values) => {
          tf.tidy(() => {
            const inputs = tf.tensor(values, [n, 6]);
            const model = smoothModel();
            const end = climb(norm, epsilon, steps, inputs, model);
            for (const size of norm.size(tf.sub(end, inputs)).dataSync()) expect(size).toBeLessThanOrEqual(epsilon * (1 + 1e-5) + 1e-6);
            for (const value of end.dataSync()) expect(value >= 0 && value <= 1).toBe(true);
            model.dispose();
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  it('leaves no tensor behind', async () => {
    const [model, inputs] = [smoothModel(), uniform()];
    expect(await leakedTensors(() => climb(l2(), 0.3, 3, inputs, model))).toBe(0);
    inputs.dispose();
    model.dispose();
  });
});

describe('trades', () => {
  it('adds beta times the divergence of two Bernoulli distributions, for a linear model', () => {
    // Logits (0, s), s = 3 x_0 - 4 x_1. One step longer than the ball ends on its edge, at s' = s +- 5 epsilon; with p and q of
    // class 1 there, KL = p log(p / q) + (1 - p) log((1 - p) / (1 - q)). The sign is that of the drawn start along (3, -4).
    const model = linearClassifier(
      [
        [0, 3],
        [0, -4],
      ],
      [0, 0],
    );
    const epsilon = 0.2;
    tf.tidy(() => {
      const inputs = tf.tensor2d([[0.4, 0.2]]);
      const { objective } = trades({ threat: { norm: l2(), epsilon }, beta: 3, steps: 1, step: 1 });
      const { terms } = takeStep(objective, { model, inputs, labels: tf.tensor1d([1], 'int32') });
      const s = 3 * 0.4 - 4 * 0.2;
      const sigmoid = (lead: number): number => 1 / (1 + Math.exp(-lead));
      const p = sigmoid(s);
      const divergences = [1, -1].map((sign) => {
        const q = sigmoid(s + sign * 5 * epsilon);
        return 3 * (p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q)));
      });
      expect(terms.cleanLoss).toBeCloseTo(-Math.log(p), 6);
      expect(Math.min(...divergences.map((value) => Math.abs(terms.divergence! - value)))).toBeLessThan(1e-5);
    });
    model.dispose();
  });

  it('of weight 0, or of an empty ball, has the gradient of standard training', () => {
    const model = smoothModel();
    tf.tidy(() => {
      const given = { model, inputs: uniform(), labels: labels() };
      const standard = takeStep(cleanLoss(), given);
      for (const options of [
        { threat, beta: 0 },
        { threat: { norm: linf(), epsilon: 0 }, step: 0.1 },
      ]) {
        const { terms, gradients } = takeStep(trades(options).objective, given);
        expect([terms.cleanLoss, terms.divergence]).toEqual([standard.terms.cleanLoss, expect.closeTo(0, 6)]);
        for (const [name, gradient] of Object.entries(gradients))
          expect(relativeError(gradient, standard.gradients[name]!)).toBeLessThan(1e-6);
      }
    });
    model.dispose();
  });

  it('follows a schedule of beta', () => {
    const model = smoothModel();
    tf.tidy(() => {
      const given = { model, inputs: uniform(), labels: labels() };
      const whole = takeStep(trades({ threat, beta: 4 }).objective, given).terms.divergence!;
      const half = takeStep(trades({ threat, beta: linear(0, 4) }).objective, { ...given, progress: 0.5 }).terms.divergence!;
      expect(half / whole).toBeCloseTo(0.5, 5);
    });
    model.dispose();
  });

  it('can be had with the settings of the paper', () => {
    for (const { norm, epsilon, ...rest } of Object.values(tradesSettings)) {
      expect(norm).toBe('linf');
      const [adversary] = trades({ threat: { norm: linf(), epsilon }, ...rest }).objective.adversaries!;
      expect([adversary!.attack.steps, adversary!.threat.epsilon]).toEqual([rest.steps, epsilon]);
    }
  });

  it('says what is wrong with its options', () => {
    expect(() => trades({ threat, weight: 1 } as never)).toThrow(
      /^trades: expected `option` to be one of 'threat', 'beta', .*, got "weight"\.$/,
    );
    expect(() => trades({ threat, beta: -1 })).toThrow('trades: expected `beta` to be a finite number of at least 0, got -1.');
    expect(() => trades({ threat, steps: 0 })).toThrow('trades: expected `steps` to be an integer of at least 1, got 0.');
    expect(() => trades({ threat, step: 0 })).toThrow('trades: expected `step` to be a finite number above 0, got 0.');
    expect(() => divergenceLoss({ attack: fixedAttack((x) => x), threat, on: 'all' })).toThrow(
      'divergenceLoss: expected `adversary.on` to be \'labelled\', got "all". For unlabelled examples there is virtualAdversarialLoss.',
    );
  });
});
