import { finiteDifferences, relativeError } from '@groundstate/testing';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { classes, lossProblem } from '../../tests/problems';
import { reference } from '../../tests/reference';
import { expectClose, leavesNoTensors, valuesOf } from '../../tests/tensors';
import type { Goal } from '../contract/attack';
import '../substrate/register-gradients';
import { dlr } from './dlr';

const lossOf =
  (goal: Goal, clean?: Tensor2D) =>
  (logits: tf.Tensor): tf.Tensor =>
    dlr()(logits as Tensor2D, lossProblem(goal, clean));

describe('dlr', () => {
  leavesNoTensors();

  it.each(['mlp', 'convnet'] as const)('agrees with an outside library on the logits of the %s', (name) => {
    const { logits, y, closedForm } = reference.models[name];
    const run = (values: readonly number[]): number[] =>
      valuesOf(() => lossOf({ kind: 'misclassify', labels: classes(...y.data) })(tf.tensor2d([...values], [6, 5])));
    expectClose(run(logits.data), closedForm.dlr.data.slice(0, 6));
    expectClose(run(closedForm.logitsMoved.data), closedForm.dlr.data.slice(6));
  });

  it('with a target is -(z_y - z_t) / (z_1 - (z_3 + z_4) / 2), y the clean prediction', () => {
    const logits = [1, 7, 4, 2, 6];
    const run = (target: number): number[] =>
      valuesOf(() => lossOf({ kind: 'target', classes: classes(target) }, tf.tensor2d([[0, 9, 0, 0, 0]]))(tf.tensor2d([logits])));
    // Sorted: 7, 6, 4, 2, 1: the scale is 7 - (4 + 2) / 2 = 4.
    expectClose(run(4), [-(7 - 6) / 4]);
    expectClose(run(0), [-(7 - 1) / 4]);
  });

  it('towards a rank goes for that class of the clean logits, with the scale of a target', () => {
    const run = (towards: number): number[] =>
      valuesOf(() => {
        const problem = lossProblem({ kind: 'misclassify', labels: classes(1) }, tf.tensor2d([[3, 9, 1, 5, 2]]));
        return dlr({ towards })(tf.tensor2d([[1, 7, 4, 2, 6]]), problem);
      });
    // Clean order: classes 1, 3, 0, 4, 2. The scale is 7 - (4 + 2) / 2 = 4.
    expectClose([...run(2), ...run(4), ...run(5)], [-(7 - 2) / 4, -(7 - 6) / 4, -(7 - 4) / 4]);
    expect(() => run(6)).toThrow('dlr: expected `classes` to be at least 6 (towards the class of rank 6), got 5.');
    expect(() => dlr({ towards: 1 })).toThrow('dlr: expected `towards` to be an integer of at least 2, got 1.');
  });

  it('does not see shifts and scales of the logits', () => {
    const run = (scale: number, shift: number): number[] =>
      valuesOf(() => lossOf({ kind: 'misclassify', labels: classes(0) })(tf.add(tf.mul(tf.tensor2d([[1, 5, 3, 2]]), scale), shift)));
    expectClose(run(10, 0), run(1, 0));
    expectClose(run(1, 100), run(1, 0), 1e-4);
  });

  it('has the gradient of its values, through numerator and scale', async () => {
    const labels = classes(1, 3);
    const point = tf.tensor2d([0.3, 1.7, -0.8, 1.1, 0.2, -1.2, 2.4, 0.9], [2, 4]);
    const clean = tf.tensor2d([0, 5, 0, 0, 5, 0, 0, 0], [2, 4]);
    for (const goal of [
      { kind: 'misclassify', labels },
      { kind: 'target', classes: labels },
    ] as const) {
      const total = (x: tf.Tensor): tf.Tensor => tf.sum(lossOf(goal, clean)(x));
      const gradient = valuesOf(() => tf.grad(total)(point));
      // The label of the first row is its clean prediction too: then the target's numerator is zero, and only it.
      expect(relativeError(gradient, await finiteDifferences(total, point))).toBeLessThan(2e-3);
    }
    tf.dispose([labels, point, clean]);
  });

  it('stays finite, with its gradient, where logits are tied or huge', () => {
    for (const logits of [
      [1, 1, 1, 1],
      [3, 3, 1, 1],
      [1e20, -1e20, 5e19, 0],
    ]) {
      const values = valuesOf(() => {
        const total = (x: tf.Tensor): tf.Tensor => tf.sum(lossOf({ kind: 'misclassify', labels: classes(0) })(x));
        const { value, grad } = tf.valueAndGrad(total)(tf.tensor2d([logits]));
        return tf.concat([tf.reshape(value, [1]), tf.reshape(grad, [4])]);
      });
      expect(values.every(Number.isFinite)).toBe(true);
    }
  });

  it('says that it needs three classes, and four with a target', () => {
    const run = (goal: Goal, count: number): number[] => valuesOf(() => lossOf(goal, tf.zeros([1, count]))(tf.zeros([1, count])));
    expect(() => run({ kind: 'change' }, 2)).toThrow(
      "dlr: expected `classes` to be at least 3 (goal 'change'), got 2. Use crossEntropy() or margin() instead.",
    );
    const chosen = classes(0);
    expect(() => run({ kind: 'target', classes: chosen }, 3)).toThrow("expected `classes` to be at least 4 (goal 'target'), got 3.");
    expect(run({ kind: 'misclassify', labels: chosen }, 3)).toEqual([0]);
    chosen.dispose();
  });
});
