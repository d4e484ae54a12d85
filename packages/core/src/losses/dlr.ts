/**
 * The difference of logits ratio: -(z_y - max_{k != y} z_k) / (z_(1) - z_(3)), z sorted in descending order; blind to
 * shifts and scales of the logits. For a target t: -(z_y - z_t) / (z_(1) - (z_(3) + z_(4)) / 2).
 *
 * Source: "Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks", F. Croce,
 * M. Hein, 2020 (arXiv 2003.01690).
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AdversarialLoss } from '../contract/attack';
import { expected } from '../errors';
import { holdConstant } from '../substrate/hold-constant';
import { largestOther, logitOf, oneHot, referenceClass } from './classes';

/** As in the reference: keeps the ratio finite where three logits are equal. */
const guard = 1e-12;

/** The logit of the given rank (0 is the largest), per example. */
function ranked(logits: Tensor2D, rank: number): Tensor1D {
  const classes = logits.shape[1];
  const hot = holdConstant(logits, (z) => {
    const { indices } = tf.topk(z as Tensor2D, rank + 1);
    return oneHot(tf.reshape(tf.slice(indices, [0, rank], [-1, 1]), [-1]) as Tensor1D, classes);
  });
  return logitOf(logits, hot);
}

/**
 * Needs three classes, four with a target.
 *
 * @example
 * pgd({ loss: dlr() });
 */
export function dlr(): AdversarialLoss {
  return (logits, problem) => {
    const { goal } = problem;
    const classes = logits.shape[1];
    const needed = goal.kind === 'target' ? 4 : 3;
    if (classes < needed) {
      throw expected('dlr', 'classes', `at least ${needed} (goal '${goal.kind}')`, classes, 'Use crossEntropy() or margin() instead.');
    }
    const label = oneHot(
      referenceClass(goal, () => problem.cleanLogits),
      classes,
    );
    const rival = goal.kind === 'target' ? logitOf(logits, oneHot(goal.classes, classes)) : largestOther(logits, label);
    const third = goal.kind === 'target' ? tf.mul(0.5, tf.add(ranked(logits, 2), ranked(logits, 3))) : ranked(logits, 2);
    const scale = tf.add(tf.sub(ranked(logits, 0), third), guard);
    return tf.div(tf.sub(rival, logitOf(logits, label)), scale) as Tensor1D;
  };
}
