/**
 * The Kullback-Leibler divergence from the clean prediction, KL(p(x) || p(x')): needs no labels. The inner loss of VAT
 * (T. Miyato et al., 2018, arXiv 1704.03976) and of TRADES (H. Zhang et al., 2019, arXiv 1901.08573).
 */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AdversarialLoss } from '../contract/attack';
import { expected } from '../errors';
import { holdConstant } from '../substrate/hold-constant';
import { logitOf, oneHot } from './classes';

/**
 * Per example, `[n]`: KL(p || q) of the softmaxes of two sets of logits `[n, classes]`.
 *
 * Logits are taken relative to that of p's largest class, which changes no softmax but lets its share of the gradient be
 * minus the sum of the others', as it is. By itself it is a difference of two numbers that a confident model rounds to 1,
 * and ascents from near the clean input then go astray.
 *
 * @example
 * tf.mean(klOf(model.logits(inputs), model.logits(adversarial)));
 */
export function klOf(p: Tensor2D, q: Tensor2D): Tensor1D {
  const top = holdConstant(p, (z) => oneHot(tf.argMax(z, 1) as Tensor1D, p.shape[1]));
  const relative = (logits: Tensor2D): Tensor => tf.sub(logits, tf.reshape(logitOf(logits, top), [-1, 1]));
  const logP = tf.logSoftmax(relative(p), 1);
  return tf.sum(tf.mul(tf.exp(logP), tf.sub(logP, tf.logSoftmax(relative(q), 1))), 1) as Tensor1D;
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
