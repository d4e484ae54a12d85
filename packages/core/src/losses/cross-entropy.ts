/**
 * Cross-entropy: -log p_y(x). Attacks ascend it for the label (or the clean prediction), and its negative for a target.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AdversarialLoss } from '../contract/attack';
import { logitOf, oneHot, referenceClass } from './classes';

/** Per example, `[n]`: the cross-entropy of logits `[n, classes]` and integer labels `[n]`. */
export function crossEntropyOf(logits: Tensor2D, labels: Tensor1D): Tensor1D {
  return tf.neg(logitOf(tf.logSoftmax(logits, 1), oneHot(labels, logits.shape[1]))) as Tensor1D;
}

/**
 * @example
 * pgd({ loss: crossEntropy() });
 */
export function crossEntropy(): AdversarialLoss {
  return (logits, problem) =>
    problem.goal.kind === 'target'
      ? (tf.neg(crossEntropyOf(logits, problem.goal.classes)) as Tensor1D)
      : crossEntropyOf(
          logits,
          referenceClass(problem.goal, () => problem.cleanLogits),
        );
}
