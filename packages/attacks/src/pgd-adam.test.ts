import { createNoise, l2, linf } from '@groundstate/core';
import { describeAttack, linearModel } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { traceOf } from '../tests/trace';
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

  it('ends at the lowest lead of a linf ball on a linear model, and where all coordinates move alike under l2', () => {
    // A gradient that does not change is scaled to equal coordinates: the lead falls by epsilon sum |w| = 0.3 * 3.75 under linf, and by
    // epsilon sum |w| / sqrt(4) under l2, where that direction has its length.
    for (const [norm, lowest] of [
      [linf(), 0.625 - 0.3 * 3.75],
      [l2(), 0.625 - (0.3 * 3.75) / 2],
    ] as const) {
      const model = linearModel(weights, 0, [4], [...everywhere]);
      const problem = { model, inputs: tf.fill([1, 4], 0.5), goal, threat: { norm, epsilon: 0.3 }, noise };
      const { end } = traceOf(pgdAdam({ steps: 300, relativeStep: 0.05 }), { ...problem, labels });
      const lead = weights.reduce((sum, weight, i) => sum + weight * end[i]!, 0);
      expect(lead).toBeCloseTo(lowest, 4);
    }
  });

  it('says what is wrong with its options', () => {
    expect(() => pgdAdam({ relativeStep: 0 })).toThrow('pgd-adam: expected `relativeStep` to be a finite number above 0, got 0.');
  });
});
