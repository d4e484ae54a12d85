import { createNoise, l1, l2, linf } from '@groundstate/core';
import { describeAttack, linearModel } from '@groundstate/testing';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { traceOf, valuesOf } from '../tests/trace';
import { pgdAdam } from './pgd-adam';

const labels = tf.ones([1], 'int32') as Tensor1D;
const goal = { kind: 'misclassify', labels } as const;
const noise = createNoise(2, Int32Array.from([0]));
const weights = [2, -1, 0.5, -0.25];
const everywhere = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

describeAttack(() => pgdAdam({ steps: 20 }));

describe('pgd-adam', () => {
  it('takes a first step of equal length along every coordinate, whatever the size of its gradient', () => {
    // Adam's first step is the sign of the gradient times its learning rate, down to gradients whose squares are zero in float32.
    for (const bias of [0, 60]) {
      const model = linearModel(weights, bias, [4]);
      const problem = { model, inputs: tf.fill([1, 4], 0.5), goal, threat: { norm: linf(), epsilon: 0.2 }, noise };
      const { end } = traceOf(pgdAdam({ steps: 1, randomStart: false }), { ...problem, labels });
      for (const [i, value] of end.entries()) expect(value).toBeCloseTo(0.5 - 0.02 * Math.sign(weights[i]!), 5);
    }
  });

  it('under l2 and l1 takes a first step of its length along the steepest direction', () => {
    const [length, model] = [Math.hypot(...weights), linearModel(weights, 0, [4])];
    for (const [norm, direction] of [
      [l2(), weights.map((weight) => weight / length)],
      [l1(), [1, 0, 0, 0]],
    ] as const) {
      const problem = { model, inputs: tf.fill([1, 4], 0.5), goal, threat: { norm, epsilon: 0.2 }, noise };
      const { end } = traceOf(pgdAdam({ steps: 1, randomStart: false }), { ...problem, labels });
      for (const [i, value] of end.entries()) expect(value).toBeCloseTo(0.5 - 0.02 * direction[i]!, 5);
    }
  });

  it.each([linf(), l2(), l1()])('ends at the lowest lead of a $name ball on a linear model', (norm) => {
    // epsilon times the dual norm of the weights below the lead of the middle, 0.625.
    const model = linearModel(weights, 0, [4], [...everywhere]);
    const problem = { model, inputs: tf.fill([1, 4], 0.5), goal, threat: { norm, epsilon: 0.3 }, noise };
    const { end } = traceOf(pgdAdam({ steps: 100, relativeStep: 0.05 }), { ...problem, labels });
    const lead = weights.reduce((sum, weight, i) => sum + weight * end[i]!, 0);
    const dual = valuesOf(norm.dualSize(tf.tensor2d([weights])))[0]!;
    expect(lead).toBeCloseTo(0.625 - 0.3 * dual, 4);
  });

  it('takes the steps of Adam, and keeps its momentum', () => {
    // lead = (x - 0.4)^2: the slope of the cross-entropy, -(1 - p) 60 (x - 0.4), changes its sign at 0.4.
    const lead = (x: number): number => 30 * (x - 0.4) ** 2;
    const bowl = {
      ...linearModel([1], 0, [1]),
      logits: (x: Tensor): Tensor2D => {
        const height = tf.reshape(tf.mul(tf.square(tf.sub(x, 0.4)), 30), [-1]);
        return tf.stack([tf.zerosLike(height), height], 1) as Tensor2D;
      },
    };
    const problem = { model: bowl, inputs: tf.fill([1, 1], 0.5), goal, threat: { norm: linf(), epsilon: 0.4 }, noise };
    const { rows } = traceOf(pgdAdam({ steps: 12, randomStart: false }), { ...problem, labels });
    let [x, mean, square, lowest] = [0.5, 0, 0, 0.5];
    for (const [i, { adversarial }] of rows.entries()) {
      const slope = (-60 * (x - 0.4)) / (1 + Math.exp(lead(x)));
      mean = 0.9 * mean + 0.1 * slope;
      square = 0.999 * square + 0.001 * slope ** 2;
      x += (0.04 * (mean / (1 - 0.9 ** (i + 1)))) / Math.sqrt(square / (1 - 0.999 ** (i + 1)));
      expect(adversarial![0]).toBeCloseTo(x, 4);
      lowest = Math.min(lowest, x);
    }
    // On its momentum it went through the bottom, and came back.
    expect(lowest).toBeLessThan(0.39);
    expect(x).toBeGreaterThan(lowest + 0.01);
  });

  it('says what is wrong with its options', () => {
    expect(() => pgdAdam({ relativeStep: 0 })).toThrow('pgd-adam: expected `relativeStep` to be a finite number above 0, got 0.');
  });
});
