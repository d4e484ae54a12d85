import { finiteDifferences, relativeError } from '@groundstate/testing';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { classes, lossProblem } from '../../tests/problems';
import { reference } from '../../tests/reference';
import { expectClose, leavesNoTensors, valuesOf } from '../../tests/tensors';
import '../substrate/register-gradients';
import { kl, klOf } from './kl';

describe('kl', () => {
  leavesNoTensors();

  it.each(['mlp', 'convnet'] as const)('agrees with an outside library on the logits of the %s', (name) => {
    const { logits, closedForm } = reference.models[name];
    const values = valuesOf(() =>
      kl()(tf.tensor2d([...closedForm.logitsMoved.data], [6, 5]), lossProblem({ kind: 'change' }, tf.tensor2d([...logits.data], [6, 5]))),
    );
    expectClose(values, closedForm.kl.data);
  });

  it('is sum p log(p / q): for p = (1/4, 3/4) and q = (1/2, 1/2), log 2 less the entropy of p', () => {
    const entropy = -(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75));
    expectClose(
      valuesOf(() => klOf(tf.tensor2d([[0, Math.log(3)]]), tf.tensor2d([[7, 7]]))),
      [Math.log(2) - entropy],
    );
  });

  it('has the gradient of its values, in both arguments, and none where they agree', async () => {
    const [p, q] = [tf.tensor2d([[0.3, -0.7, 0.1]]), tf.tensor2d([[1.2, 0.4, -0.2]])];
    const inQ = (x: tf.Tensor): tf.Tensor => tf.sum(klOf(p, x as Tensor2D));
    const inP = (x: tf.Tensor): tf.Tensor => tf.sum(klOf(x as Tensor2D, q));
    for (const [total, point] of [
      [inQ, q],
      [inP, p],
    ] as const) {
      const gradient = valuesOf(() => tf.grad(total)(point));
      expect(relativeError(gradient, await finiteDifferences(total, point))).toBeLessThan(1e-3);
    }
    expectClose(
      valuesOf(() => tf.grad(inQ)(p)),
      [0, 0, 0],
      1e-6,
    );
    tf.dispose([p, q]);
  });

  it('keeps the share of the leading class in the gradient of a confident model', () => {
    // d KL / d z' = q - p, which sums to zero. Here 1 - p is 2e-9 for the first class, far below a rounding of 1.
    const [p, q] = [
      [20, 0, -5],
      [20.3, 0.4, -5.2],
    ] as const;
    const odds = (z: readonly number[]): number[] => z.slice(1).map((other) => Math.exp(other - z[0]!));
    const rivals = odds(q).map((odd, k) => odd / (1 + odds(q)[0]! + odds(q)[1]!) - odds(p)[k]! / (1 + odds(p)[0]! + odds(p)[1]!));
    const clean = tf.tensor2d([[...p]]);
    const gradient = valuesOf(() => tf.grad((x: tf.Tensor) => tf.sum(klOf(clean, x as Tensor2D)))(tf.tensor2d([[...q]])));
    expect(relativeError(gradient, [-rivals[0]! - rivals[1]!, ...rivals])).toBeLessThan(1e-4);
    clean.dispose();
  });

  it('stays finite where a probability vanishes', () => {
    expectClose(
      valuesOf(() => klOf(tf.tensor2d([[1000, 0]]), tf.tensor2d([[0, 1000]]))),
      [1000],
    );
    expectClose(
      valuesOf(() => klOf(tf.tensor2d([[1e20, -1e20]]), tf.tensor2d([[1e20, -1e20]]))),
      [0],
    );
  });

  it('refuses a target, and says what to use', () => {
    const chosen = classes(0);
    expect(() => tf.tidy(() => kl()(tf.zeros([1, 3]), lossProblem({ kind: 'target', classes: chosen })))).toThrow(
      "kl: expected `goal` to be 'misclassify' or 'change', got \"target\". Use crossEntropy() or margin() with a target.",
    );
    chosen.dispose();
  });
});
