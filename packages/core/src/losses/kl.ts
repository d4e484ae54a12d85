/**
 * The Kullback-Leibler divergence from the clean prediction, KL(p(x) || p(x')): needs no labels. The inner loss of VAT
 * (T. Miyato et al., 2018, arXiv 1704.03976) and of TRADES (H. Zhang et al., 2019, arXiv 1901.08573).
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AdversarialLoss } from '../contract/attack';
import { expected } from '../errors';

/** Per example, `[n]`: KL(p || q) of the softmaxes of two sets of logits `[n, classes]`. */
export function klOf(p: Tensor2D, q: Tensor2D): Tensor1D {
  const logP = tf.logSoftmax(p, 1);
  return tf.sum(tf.mul(tf.exp(logP), tf.sub(logP, tf.logSoftmax(q, 1))), 1) as Tensor1D;
}

/**
 * For the goals `misclassify` and `change`. A divergence does not point at a class: with a target it is refused.
 * Its gradient is zero at the clean input: start elsewhere.
 *
 * @example
 * pgd({ loss: kl() });
 */
export function kl(): AdversarialLoss {
  return (logits, problem) => {
    if (problem.goal.kind === 'target') {
      throw expected('kl', 'goal', "'misclassify' or 'change'", problem.goal.kind, 'Use crossEntropy() or margin() with a target.');
    }
    return klOf(problem.cleanLogits, logits);
  };
}
