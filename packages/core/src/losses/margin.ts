/**
 * The margin: max_{k != y} z_k - z_y, positive where the example is fooled; for a target t, z_t - max_{k != t} z_k.
 * The loss of "Towards evaluating the robustness of neural networks", N. Carlini, D. Wagner, 2017 (arXiv 1608.04644).
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AdversarialLoss, Goal } from '../contract/attack';
import { checkKeys, checkNumber, expected } from '../errors';
import { largestOther, logitOf, oneHot, rankedClass, referenceClass } from './classes';

/** Per example, `[n]`: how far the goal is met, in logits; `cleanLogits` is read only where the goal is `change`. */
export function marginOf(logits: Tensor2D, goal: Goal, cleanLogits: () => Tensor2D): Tensor1D {
  const classes = goal.kind === 'target' ? goal.classes : referenceClass(goal, cleanLogits);
  const hot = oneHot(classes, logits.shape[1]);
  const lead = tf.sub(largestOther(logits, hot), logitOf(logits, hot)) as Tensor1D;
  return goal.kind === 'target' ? (tf.neg(lead) as Tensor1D) : lead;
}

/** Options of `margin`: the class to go for. */
export interface MarginOptions {
  /** Goes for the class of this rank among the clean logits (2 is the runner-up) while the goal stays any wrong class. @default none */
  readonly towards?: number;
}

/**
 * @example
 * pgd({ loss: margin() });
 */
export function margin(options: MarginOptions = {}): AdversarialLoss {
  checkKeys('margin', options, ['towards']);
  const { towards } = options;
  if (towards === undefined) return (logits, problem) => marginOf(logits, problem.goal, () => problem.cleanLogits);
  checkNumber('margin', 'towards', towards, { integer: true, min: 2 });
  return (logits, { goal, cleanLogits }) => {
    const classes = logits.shape[1];
    if (classes < towards) throw expected('margin', 'towards', `a rank of at most ${classes}, the number of classes`, towards);
    if (goal.kind === 'target') throw expected('margin', 'goal', 'one without a target of its own, where `towards` says one', goal.kind);
    const label = oneHot(
      referenceClass(goal, () => cleanLogits),
      classes,
    );
    return tf.sub(logitOf(logits, oneHot(rankedClass(cleanLogits, towards), classes)), logitOf(logits, label)) as Tensor1D;
  };
}
