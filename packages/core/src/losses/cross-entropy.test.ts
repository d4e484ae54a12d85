import { finiteDifferences, relativeError } from '@groundstate/testing';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { withKernels } from '../../tests/optional-kernels';
import { classes, lossProblem } from '../../tests/problems';
import { reference } from '../../tests/reference';
import { secondOrderError } from '../../tests/second-order';
import { expectClose, leavesNoTensors, valuesOf } from '../../tests/tensors';
import '../substrate/register-gradients';
import { crossEntropy, crossEntropyOf } from './cross-entropy';

describe('crossEntropy', () => {
  leavesNoTensors();

  it.each(['mlp', 'convnet'] as const)('agrees with an outside library on the logits of the %s', (name) => {
    const { logits, y, ce, closedForm } = reference.models[name];
    const run = (values: readonly number[]): number[] =>
      valuesOf(() => crossEntropyOf(tf.tensor2d([...values], [6, 5]), classes(...y.data)));
    expectClose(run(logits.data), ce.data);
    expectClose(run(closedForm.logitsMoved.data), closedForm.ceMoved.data);
  });

  it('is ascended for the label, or for the clean prediction without one, and descended for a target', () => {
    // -log softmax of (0, log 3) is log 4 for class 0 and log(4 / 3) for class 1.
    const run = (goal: 'misclassify' | 'target' | 'change'): number[] =>
      valuesOf(() => {
        const logits = tf.tensor2d([[0, Math.log(3)]]);
        const clean = tf.tensor2d([[2, 1]]);
        if (goal === 'change') return crossEntropy()(logits, lossProblem({ kind: goal }, clean));
        const chosen = classes(1);
        return crossEntropy()(logits, lossProblem(goal === 'target' ? { kind: goal, classes: chosen } : { kind: goal, labels: chosen }));
      });
    expectClose(run('misclassify'), [Math.log(4 / 3)]);
    expectClose(run('target'), [-Math.log(4 / 3)]);
    expectClose(run('change'), [Math.log(4)]);
  });

  it('has the gradient of its values', async () => {
    const labels = classes(2, 0);
    const point = tf.tensor2d([0.3, -0.7, 0.1, 1.2, 0.4, -0.2], [2, 3]);
    const total = (x: tf.Tensor): tf.Tensor => tf.sum(tf.mul(crossEntropyOf(x as Tensor2D, labels), tf.tensor1d([1, 2])));
    const gradient = valuesOf(() => tf.grad(total)(point));
    expect(relativeError(gradient, await finiteDifferences(total, point))).toBeLessThan(1e-3);
    tf.dispose([labels, point]);
  });

  it('stays finite, with its gradient, on logits of 1e20', () => {
    const values = valuesOf(() => {
      const labels = tf.tensor1d([0, 1], 'int32') as Tensor1D;
      const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => tf.sum(crossEntropyOf(x as Tensor2D, labels)))(
        tf.tensor2d([1e20, -1e20, 1e20, -1e20], [2, 2]),
      );
      return tf.concat([tf.reshape(value, [1]), tf.reshape(grad, [4])]);
    });
    expectClose(values, [2e20, 0, 0, 1, -1]);
  });

  it('resolves losses and gradients far below the rounding of a probability near 1', () => {
    // The rival is `gap` behind: the loss is log(1 + exp(-gap)), its slope for the rival 1 / (1 + exp(gap)), and minus that for the label.
    for (const gap of [10, 16.5, 25, 60]) {
      const values = valuesOf(() => {
        const labels = classes(0);
        const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => tf.sum(crossEntropyOf(x as Tensor2D, labels)))(tf.tensor2d([[gap, 0]]));
        return tf.concat([tf.reshape(value, [1]), tf.reshape(grad, [2])]);
      });
      const slope = 1 / (1 + Math.exp(gap));
      const expected = [Math.log1p(Math.exp(-gap)), -slope, slope];
      for (const [i, value] of values.entries()) expect(Math.abs(value / expected[i]! - 1)).toBeLessThan(1e-5);
    }
  });

  it('runs the kernels of a backend that has them, and ops where the gradient is differentiated in turn', () => {
    const labels = tf.tensor1d([2, 0]); // float32, as some have them: the kernels see integers
    const logits = (): Tensor2D => tf.tensor2d([0.3, -0.7, 0.1, 1.2, 0.4, -0.2], [2, 3]);
    const total = (z: tf.Tensor): tf.Tensor => tf.sum(crossEntropyOf(z as Tensor2D, labels));
    const second = (): number[] => valuesOf(() => tf.grad((z: tf.Tensor) => tf.sum(tf.square(tf.grad(total)(z))))(logits()));
    const withOps = second();
    const typed = (given: Readonly<Record<string, tf.Tensor>>): number => (given.labels!.dtype === 'int32' ? 7 : Number.NaN);
    const kernels = {
      CrossEntropyWithLabels: (given: Readonly<Record<string, tf.Tensor>>) => tf.add(tf.cast(given.labels!, 'float32'), typed(given)),
      CrossEntropyWithLabelsGrad: (given: Readonly<Record<string, tf.Tensor>>) =>
        tf.add(tf.mul(given.logits!, tf.reshape(given.dy!, [2, 1])), typed(given)),
    };
    withKernels(kernels, (ran) => {
      expect(valuesOf(() => crossEntropyOf(logits(), labels))).toEqual([9, 7]);
      expectClose(
        valuesOf(() => tf.grad((z: tf.Tensor) => crossEntropyOf(z as Tensor2D, labels))(logits(), tf.tensor1d([1, 10]))),
        [7.3, 6.3, 7.1, 19, 11, 5],
      );
      expect(ran).toEqual(['CrossEntropyWithLabels', 'CrossEntropyWithLabels', 'CrossEntropyWithLabelsGrad']);
      // The outer gradient differentiates the inner one, which is then made of ops; the loss itself has no part in it.
      expect(second()).toEqual(withOps);
      expect(ran.slice(3)).toEqual(['CrossEntropyWithLabels']);
    });
    labels.dispose();
  });

  it('is right to second derivatives on the tape as it is: minus p_i p_j beside the diagonal, where p_i (1 - p_i) stands', async () => {
    const total = (x: tf.Tensor): tf.Tensor => tf.sum(crossEntropyOf(tf.reshape(x, [2, 3]) as Tensor2D, classes(2, 0)));
    expect(await secondOrderError(total, [6])).toBeLessThan(2e-3);
    const row = valuesOf(() => {
      const labels = classes(1);
      const slope = (x: tf.Tensor): tf.Tensor =>
        tf.sum(tf.mul(tf.grad((z: tf.Tensor) => tf.sum(crossEntropyOf(z as Tensor2D, labels)))(x), [[1, 0, 0]]));
      return tf.grad(slope)(tf.log(tf.tensor2d([[0.2, 0.3, 0.5]])));
    });
    expectClose(row, [0.2 * 0.8, -0.2 * 0.3, -0.2 * 0.5], 1e-6);
  });
});
