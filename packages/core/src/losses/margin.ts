/**
 * The margin: max_{k != y} z_k - z_y, positive where the example is fooled; for a target t, z_t - max_{k != t} z_k.
 * The loss of "Towards evaluating the robustness of neural networks", N. Carlini, D. Wagner, 2017 (arXiv 1608.04644).
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AdversarialLoss, Goal } from '../contract/attack';
import { largestOther, logitOf, oneHot, referenceClass } from './classes';

/** Per example, `[n]`: how far the goal is met, in logits; `cleanLogits` is read only where the goal is `change`. */
export function marginOf(logits: Tensor2D, goal: Goal, cleanLogits: () => Tensor2D): Tensor1D {
  const classes = goal.kind === 'target' ? goal.classes : referenceClass(goal, cleanLogits);
  const hot = oneHot(classes, logits.shape[1]);
  const lead = tf.sub(largestOther(logits, hot), logitOf(logits, hot)) as Tensor1D;
  return goal.kind === 'target' ? (tf.neg(lead) as Tensor1D) : lead;
}

/**
 * @example
 * pgd({ loss: margin() });
 */
export function margin(): AdversarialLoss {
  return (logits, problem) => marginOf(logits, problem.goal, () => problem.cleanLogits);
}
