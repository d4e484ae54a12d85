import { createNoise, linf, perturb } from '@groundstate/core';
import { binaryModel, describeAttack, linearModel } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { traceOf, valuesOf } from '../tests/trace';
import { spsa } from './spsa';

describeAttack(() => spsa({ steps: 3, samples: 4 }), { passesPerStep: 3 });

const labels = tf.ones([1], 'int32') as Tensor1D;
const goal = { kind: 'misclassify', labels } as const;
const weights = [2, -1, 0.5, -0.25];
const inputs = tf.fill([1, 4], 0.5);
const noise = createNoise(3, Int32Array.from([0]));
const threatOf = (epsilon: number) => ({ norm: linf(), epsilon });

describe('spsa', () => {
  it('asks at pairs of points, delta away on both sides in every coordinate, and then at the new point', () => {
    const model = linearModel(weights, 0);
    const { points } = traceOf(spsa({ steps: 2, samples: 6, delta: 0.02 }), { model, inputs, goal, labels, threat: threatOf(0.3), noise });
    // Three pairs and the iterate, twice.
    expect(points.length).toBe(14);
    for (const [step, middle] of [[0.5, 0.5, 0.5, 0.5], [...points[6]!]].entries()) {
      for (let pair = 0; pair < 3; pair++) {
        const [up, down] = [points[7 * step + 2 * pair]!, points[7 * step + 2 * pair + 1]!];
        for (let i = 0; i < 4; i++) {
          expect(Math.abs(up[i]! - middle[i]!)).toBeCloseTo(0.02, 6);
          expect(up[i]! + down[i]!).toBeCloseTo(2 * middle[i]!, 6);
        }
      }
    }
  });

  it('takes the step of Adam on the guess that the pairs make', () => {
    // The margin is -w x: a pair with signs v rises by -(w v) for a unit along v, and so guesses -(w v) v.
    const model = linearModel(weights, 0);
    const { points, rows } = traceOf(spsa({ steps: 2, samples: 4 }), { model, inputs, goal, labels, threat: threatOf(0.3), noise });
    const guess = (step: number): number[] => {
      const middle = step === 0 ? [0.5, 0.5, 0.5, 0.5] : [...points[4]!];
      const signs = [0, 2].map((pair) => [...points[5 * step + pair]!].map((value, i) => Math.sign(value - middle[i]!)));
      const rises = signs.map((v) => -v.reduce((sum, sign, i) => sum + sign * weights[i]!, 0));
      return weights.map((_, i) => (rises[0]! * signs[0]![i]! + rises[1]! * signs[1]![i]!) / 2);
    };
    const [first, second] = [guess(0), guess(1)];
    for (let i = 0; i < 4; i++) {
      // The first step of Adam is the rate, whatever the size of the guess; the averages of the second weigh 9 to 10, 999 to 1000.
      const one = first[i] === 0 ? 0 : 0.01 * Math.sign(first[i]!);
      const mean = (0.09 * first[i]! + 0.1 * second[i]!) / 0.19;
      const square = (0.000999 * first[i]! ** 2 + 0.001 * second[i]! ** 2) / 0.001999;
      expect(rows[1]!.adversarial![i]).toBeCloseTo(0.5 + one, 5);
      expect(rows[3]!.adversarial![i]).toBeCloseTo(0.5 + one + (0.01 * mean) / (Math.sqrt(square) + 1e-8), 4);
    }
  });

  it('finds the corner of the ball that fools a linear model, and nothing where the ball is too small', async () => {
    // lead = 0.625 at 0.5, and |w|_1 = 3.75: a sixth is enough.
    const request = { model: linearModel(weights, 0), inputs, goal, seed: 1 };
    const attack = spsa({ steps: 40, samples: 16 });
    const [small, large] = await Promise.all([0.16, 0.2].map((epsilon) => perturb(attack, { ...request, threat: threatOf(epsilon) })));
    expect([valuesOf(small!.success)[0], valuesOf(large!.success)[0]]).toEqual([0, 1]);
    expect([...large!.backwards]).toEqual([0]);
  });

  it('goes on where a score is no number', async () => {
    // No number where the first coordinate is above the start: every pair of the first step has such a point.
    const model = binaryModel('broken', [4], (x) => {
      const first = tf.slice(x, [0, 0], [-1, 1]);
      return tf.add(tf.sum(tf.mul(x, weights), 1), tf.mul(0, tf.reshape(tf.sqrt(tf.sub(0.5, first)), [-1]))) as Tensor1D;
    });
    const end = traceOf(spsa({ steps: 3, samples: 4 }), { model, inputs, goal, labels, threat: threatOf(0.3), noise }).end;
    for (const value of end) expect(value).toBe(0.5);
  });

  it('says what is wrong with its options', () => {
    expect(() => spsa({ samples: 5 })).toThrow('spsa: expected `samples` to be an even number, two for each pair, got 5.');
    expect(() => spsa({ delta: 0 })).toThrow('spsa: expected `delta` to be a finite number above 0, got 0.');
    expect(() => spsa({ queries: 5 } as object)).toThrow("spsa: expected `option` to be one of 'steps', 'samples', 'delta', 'rate'");
  });
});
