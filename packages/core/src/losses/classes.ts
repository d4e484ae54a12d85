/** What the losses of attacks have in common: picking logits by class, on the tape, without a gradient through the choice. */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Goal } from '../contract/attack';
import { holdConstant } from '../substrate/hold-constant';

/** Far below any logit, yet finite: infinity times zero would be NaN. */
const excluded = 1e30;

/** `[n]` classes as float32 `[n, classes]`. */
export function oneHot(classes: Tensor1D, count: number): Tensor2D {
  return tf.cast(tf.oneHot(tf.cast(classes, 'int32'), count), 'float32') as Tensor2D;
}

/** The logit of one class per example. */
export function logitOf(logits: Tensor2D, hot: Tensor): Tensor1D {
  return tf.sum(tf.mul(logits, hot), 1) as Tensor1D;
}

/** The largest logit among the classes that `hot` does not name; on ties the gradient goes to one of them only. */
export function largestOther(logits: Tensor2D, hot: Tensor): Tensor1D {
  const classes = logits.shape[1];
  const second = holdConstant(logits, (z) => oneHot(tf.argMax(tf.sub(z, tf.mul(hot, excluded)), 1) as Tensor1D, classes));
  return logitOf(logits, second);
}

/** The class an attack moves away from: the label, or the clean prediction where there is none. */
export function referenceClass(goal: Goal, cleanLogits: () => Tensor2D): Tensor1D {
  return goal.kind === 'misclassify' ? goal.labels : (tf.argMax(cleanLogits(), 1) as Tensor1D);
}

/** `[n]`: the class of the given rank by its logit, 1 for the largest. */
export function rankedClass(logits: Tensor2D, rank: number): Tensor1D {
  const { indices } = tf.topk(logits, rank);
  return tf.reshape(tf.slice(indices, [0, rank - 1], [-1, 1]), [-1]) as Tensor1D;
}
