import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { classes, lossProblem } from '../../tests/problems';
import { reference } from '../../tests/reference';
import { expectClose, leavesNoTensors, valuesOf } from '../../tests/tensors';
import type { Goal } from '../contract/attack';
import '../substrate/register-gradients';
import { margin, marginOf } from './margin';

const unread = (): never => {
  throw new Error('The clean logits must not be read.');
};

describe('margin', () => {
  leavesNoTensors();

  it.each(['mlp', 'convnet'] as const)('is minus the lead of the label that an outside library found for the %s', (name) => {
    const { logits, y, closedForm } = reference.models[name];
    const run = (values: readonly number[]): number[] =>
      valuesOf(() => marginOf(tf.tensor2d([...values], [6, 5]), { kind: 'misclassify', labels: classes(...y.data) }, unread));
    const expected = closedForm.margin.data.map((lead) => -lead);
    expectClose(run(logits.data), expected.slice(0, 6));
    expectClose(run(closedForm.logitsMoved.data), expected.slice(6));
  });

  it('is the lead of a target over the best other class, or of any class over the clean prediction', () => {
    const run = (goal: () => Goal): number[] =>
      valuesOf(() => margin()(tf.tensor2d([[1, 5, 3]]), lossProblem(goal(), tf.tensor2d([[0, 0, 9]]))));
    expect(run(() => ({ kind: 'target', classes: classes(2) }))).toEqual([-2]);
    expect(run(() => ({ kind: 'target', classes: classes(1) }))).toEqual([2]);
    expect(run(() => ({ kind: 'change' }))).toEqual([2]);
  });

  it('moves the label and one rival only, also where rivals are tied', () => {
    const gradientAt = (logits: number[], label: number): number[] =>
      valuesOf(() => {
        const goal: Goal = { kind: 'misclassify', labels: classes(label) };
        return tf.grad((x: tf.Tensor) => tf.sum(marginOf(x as Tensor2D, goal, unread)))(tf.tensor2d([logits]));
      });
    expect(gradientAt([1, 5, 3], 1)).toEqual([0, -1, 1]);
    const tied = gradientAt([4, 5, 4, 4], 1);
    expect(tied.filter((value) => value === 1).length).toBe(1);
    expect([...tied].sort()).toEqual([-1, 0, 0, 1]);
  });

  it('finds the rival also among huge and among negative logits', () => {
    const run = (logits: number[]): number[] =>
      valuesOf(() => marginOf(tf.tensor2d([logits]), { kind: 'misclassify', labels: classes(0) }, unread));
    expectClose(run([1e20, -1e20, 5e19]), [-5e19]);
    expectClose(run([-1e20, -3e20, -2e20]), [-1e20]);
  });

  it('towards a rank is the lead of that class of the clean logits over the label', () => {
    const run = (towards: number): number[] =>
      valuesOf(() => {
        const problem = lossProblem({ kind: 'misclassify', labels: classes(1) }, tf.tensor2d([[3, 9, 1, 5]]));
        return margin({ towards })(tf.tensor2d([[1, 7, 4, 2]]), problem);
      });
    expectClose([...run(2), ...run(3), ...run(4)], [2 - 7, 1 - 7, 4 - 7]);
    expect(() => run(5)).toThrow('margin: expected `towards` to be a rank of at most 4, the number of classes, got 5.');
  });
});
