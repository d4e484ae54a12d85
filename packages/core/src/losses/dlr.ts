/**
 * The difference of logits ratio: -(z_y - max_{k != y} z_k) / (z_(1) - z_(3)), z sorted in descending order; blind to
 * shifts and scales of the logits. Towards a class t: -(z_y - z_t) / (z_(1) - (z_(3) + z_(4)) / 2).
 *
 * Source: "Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks", F. Croce,
 * M. Hein, 2020 (arXiv 2003.01690).
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AdversarialLoss, AttackProblem } from '../contract/attack';
import { checkKeys, checkNumber, expected } from '../errors';
import { holdConstant } from '../substrate/hold-constant';
import { largestOther, logitOf, oneHot, rankedClass, referenceClass } from './classes';

/** As in the reference: keeps the ratio finite where three logits are equal. */
const guard = 1e-12;

/** The logit of the given rank (0 is the largest), per example. */
function ranked(logits: Tensor2D, rank: number): Tensor1D {
  const classes = logits.shape[1];
  const hot = holdConstant(logits, (z) => oneHot(rankedClass(z as Tensor2D, rank + 1), classes));
  return logitOf(logits, hot);
}

/** Options of `dlr`: the class to go for. */
export interface DlrOptions {
  /** Goes for the class of this rank among the clean logits (2 is the runner-up) while the goal stays any wrong class. @default none */
  readonly towards?: number;
}

/**
 * Needs three classes, four with a target or towards a class.
 *
 * @example
 * pgd({ loss: dlr() });
 */
export function dlr(options: DlrOptions = {}): AdversarialLoss {
  checkKeys('dlr', options, ['towards']);
  const { towards } = options;
  if (towards !== undefined) checkNumber('dlr', 'towards', towards, { integer: true, min: 2 });
  return (logits, problem) => {
    const { goal } = problem;
    const classes = logits.shape[1];
    const towardsOne = goal.kind === 'target' || towards !== undefined;
    const needed = Math.max(towardsOne ? 4 : 3, towards ?? 0);
    if (classes < needed) {
      const what = towards === undefined ? `goal '${goal.kind}'` : `towards the class of rank ${towards}`;
      throw expected('dlr', 'classes', `at least ${needed} (${what})`, classes, 'Use crossEntropy() or margin() instead.');
    }
    const label = oneHot(
      referenceClass(goal, () => problem.cleanLogits),
      classes,
    );
    const rival = rivalLogit(logits, problem, label, towards);
    const third = towardsOne ? tf.mul(0.5, tf.add(ranked(logits, 2), ranked(logits, 3))) : ranked(logits, 2);
    const scale = tf.add(tf.sub(ranked(logits, 0), third), guard);
    return tf.div(tf.sub(rival, logitOf(logits, label)), scale) as Tensor1D;
  };
}

/** The logit that is to overtake the label's. */
function rivalLogit(logits: Tensor2D, problem: AttackProblem, label: Tensor2D, towards: number | undefined): Tensor1D {
  const { goal } = problem;
  const classes = logits.shape[1];
  if (goal.kind === 'target' && towards !== undefined) {
    throw expected('dlr', 'goal', 'one without a target of its own, where `towards` says one', goal.kind);
  }
  if (goal.kind === 'target') return logitOf(logits, oneHot(goal.classes, classes));
  if (towards === undefined) return largestOther(logits, label);
  return logitOf(logits, oneHot(rankedClass(problem.cleanLogits, towards), classes));
}
