import type { Objective } from '@groundstate/core';
import { relativeError, smoothModel } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { takeStep } from './take-step';

/** How far the second objective is from the first on a smooth network: the largest relative difference of terms and gradients. */
export function disagreement(first: Objective, second: Objective): number {
  const model = smoothModel();
  const worst = tf.tidy(() => {
    const inputs = tf.tensor2d([0.3, 0.7, 0.4, 0.6, 0.5, 0.2, 0.8, 0.3, 0.6, 0.4, 0.2, 0.5, 0.5, 0.5, 0.3, 0.6, 0.7, 0.4], [3, 6]);
    const given = { model, inputs, labels: tf.tensor1d([0, 1, 2], 'int32') };
    const [a, b] = [takeStep(first, given), takeStep(second, given)];
    const terms = Object.entries(a.terms).map(([name, value]) => Math.abs(b.terms[name]! / value - 1));
    const gradients = Object.entries(a.gradients)
      .filter(([, gradient]) => gradient.some((value) => Math.abs(value) > 1e-7))
      .map(([name, gradient]) => relativeError(b.gradients[name]!, gradient));
    if (gradients.length < 3) throw new Error('disagreement: nothing to compare.');
    return Math.max(...terms, ...gradients);
  });
  model.dispose();
  return worst;
}
