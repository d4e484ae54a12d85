import { ascend, createNoise, l0, l2, linf } from '@groundstate/core';
import { describeAttack, linearModel, smoothModel } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { traceOf, valuesOf } from '../tests/trace';
import { checkpoints } from './apgd';
import { apgdCe } from './apgd-ce';

// Under l1 two stages begin with an evaluation of their own.
describeAttack(() => apgdCe({ steps: 12 }), { passesPerStep: 1.2 });

const weights = [2, -1, 0.5, -0.25];
const labels = tf.ones([1], 'int32') as Tensor1D;
const goal = { kind: 'misclassify', labels } as const;
const noise = createNoise(2, Int32Array.from([0]));

describe('apgd-ce', () => {
  it('checks its progress after the published steps of 100, over windows that shrink to six', () => {
    expect([...checkpoints(100).keys()]).toEqual([22, 41, 57, 70, 80, 87, 93, 99]);
    expect([...checkpoints(100).values()]).toEqual([22, 19, 16, 13, 10, 7, 6, 6]);
    // By hand for 20: windows of 4, then 3, 2 and from there on 1.
    expect([...checkpoints(20).keys()].slice(0, 5)).toEqual([4, 7, 9, 10, 11]);
    expect([...checkpoints(1).entries()]).toEqual([[1, 1]]);
  });

  it.each([linf(), l2()])('reaches the lowest lead of a $name ball on a linear model, s - epsilon |w|*', (norm) => {
    const model = linearModel(weights, 0, [4], [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    const dual = valuesOf(norm.dualSize(tf.tensor2d([weights])))[0]!;
    const problem = { model, inputs: tf.fill([1, 4], 0.5), goal, threat: { norm, epsilon: 0.3 }, noise };
    const { best } = traceOf(apgdCe({ steps: 60 }), { ...problem, labels }).rows.at(-1)!;
    const lead = weights.reduce((sum, weight, i) => sum + weight * best![i]!, 0);
    expect(Math.abs(lead - (0.625 - 0.3 * dual))).toBeLessThan(1e-4);
  });

  it('reaches the clipped corner where the box is in the way', () => {
    const inputs = tf.tensor2d([[0.125, 0.875, 0.0625, 0.5]]);
    const problem = { model: linearModel(weights, 0), inputs, goal, threat: { norm: linf(), epsilon: 0.25 }, noise };
    expect([...valuesOf(ascend(apgdCe({ steps: 10 }), problem))]).toEqual([0, 1, 0, 0.75]);
  });

  it('starts with one coordinate on the border of the linf ball, or on the l2 sphere', () => {
    const model = linearModel(weights, 0);
    for (const norm of [linf(), l2()]) {
      const inputs = tf.fill([1, 4], 0.5);
      const [start] = traceOf(apgdCe({ steps: 1 }), { model, inputs, goal, labels, threat: { norm, epsilon: 0.25 }, noise }).points;
      expect(valuesOf(norm.size(tf.sub(tf.tensor2d(start!, [1, 4]), inputs)))[0]).toBeCloseTo(0.25, 6);
    }
  });

  it('never lets go of its best loss, which is the largest it has seen, and never enlarges its step', () => {
    const model = smoothModel();
    const inputs = createNoise(3, Int32Array.from([0])).uniform([6]);
    const { losses, rows } = traceOf(apgdCe({ steps: 50 }), { model, inputs, goal, labels, threat: { norm: l2(), epsilon: 0.5 }, noise });
    let [best, step] = [losses[0]![0]!, 1];
    for (const [i, row] of rows.entries()) {
      best = Math.max(best, losses[i + 1]![0]!);
      expect(row.bestLoss![0]).toBe(best);
      expect([step, step / 2]).toContain(row.step![0]);
      step = row.step![0]!;
    }
    expect(step).toBeLessThan(1);
    model.dispose();
  });

  it('says what is wrong with its options, and that it cannot count coordinates', () => {
    expect(() => apgdCe({ loss: 1 } as object)).toThrow(
      "apgd-ce: expected `option` to be one of 'steps', 'rho', 'shrinkingRadius', got \"loss\".",
    );
    expect(() => apgdCe({ steps: 0 })).toThrow('apgd-ce: expected `steps` to be an integer of at least 1, got 0.');
    const problem = { model: linearModel(weights, 0), inputs: tf.fill([1, 4], 0.5), goal, threat: { norm: l0(), epsilon: 1 }, noise };
    expect(() => ascend(apgdCe(), problem)).toThrow(
      'ascend: expected `threat.norm` to be one that apgd-ce is defined for (linf, l2, l1), got "l0".',
    );
  });
});
