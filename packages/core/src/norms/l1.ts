/**
 * The sum norm: few coordinates, moved far. Dual: linf. Projection is the joint one onto ball and box, not one after the
 * other (clipping after the ball's projection gives away a part of the budget).
 *
 * Source of the joint projection: "Mind the box: l1-APGD for sparse adversarial attacks on image classifiers", F. Croce,
 * M. Hein, 2021 (arXiv 2103.01208). Source of the sparse step: "Adversarial training and robustness for multiple
 * perturbations", F. Tramer, D. Boneh, 2019 (arXiv 1904.13000).
 */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Norm } from '../contract/norm';
import { broadcastRadius, clipToBox, flatten, largest, signOf, tiny } from './per-example';

/** Halvings of the bracket: the last is below float32's resolution of it. */
const halvings = 30;
/** Share of the coordinates that one step moves: the 0.99 quantile of the paper. */
const share = 0.01;

/**
 * @example
 * const threat = { norm: l1(), epsilon: 10 };
 */
export function l1(): Norm {
  return norm;
}

const total = (batch: Tensor): Tensor1D => tf.sum(tf.abs(flatten(batch)), 1) as Tensor1D;

const norm: Norm = {
  name: 'l1',
  size: total,
  dualSize: largest,
  /**
   * The result moves coordinate i by sign(v_i) (|v_i| - clip(alpha, o_i, |v_i|)), o_i how far x + v leaves the box there:
   * alpha is the smallest number >= 0 that meets the budget, found by bisection with a fixed count.
   */
  project: (candidate, center, radius, bounds) => {
    const delta = tf.sub(candidate, center);
    const moved = flatten(tf.abs(delta));
    const outside = flatten(tf.abs(tf.sub(candidate, clipToBox(candidate, bounds))));
    const budget = typeof radius === 'number' ? radius : tf.reshape(radius, [-1, 1]);
    const kept = (alpha: Tensor2D): Tensor2D => tf.relu(tf.sub(moved, tf.maximum(alpha, outside))) as Tensor2D;
    const overspent = (alpha: Tensor2D): Tensor => tf.greater(tf.sum(kept(alpha), 1, true), budget);
    let low = tf.zeros([moved.shape[0], 1]) as Tensor2D;
    let high = tf.max(moved, 1, true) as Tensor2D;
    const needed = overspent(low);
    for (let i = 0; i < halvings; i++) {
      const middle = tf.mul(0.5, tf.add(low, high)) as Tensor2D;
      const over = overspent(middle);
      low = tf.where(over, middle, low) as Tensor2D;
      high = tf.where(over, high, middle) as Tensor2D;
    }
    const alpha = tf.where(needed, high, tf.zerosLike(high)) as Tensor2D;
    const size = tf.reshape(kept(alpha), delta.shape);
    return clipToBox(tf.add(center, tf.mul(signOf(delta), size)), bounds);
  },
  /** Equal steps along the coordinates of largest slope that the box still lets move; one coordinate in a hundred, at least one. */
  steepest: (gradient, at, [lower, upper]) => {
    const slope = flatten(gradient);
    const position = flatten(at);
    const free = tf.logicalOr(
      tf.logicalAnd(tf.greater(slope, 0), tf.less(position, upper)),
      tf.logicalAnd(tf.less(slope, 0), tf.greater(position, lower)),
    );
    const steepness = tf.mul(tf.abs(slope), tf.cast(free, 'float32'));
    const count = Math.max(1, Math.round(share * slope.shape[1]));
    const threshold = tf.slice(tf.topk(steepness, count).values, [0, count - 1], [-1, 1]);
    const chosen = tf.logicalAnd(tf.greaterEqual(steepness, threshold), tf.greater(steepness, 0));
    const direction = tf.mul(signOf(slope), tf.cast(chosen, 'float32'));
    return tf.reshape(tf.div(direction, tf.maximum(tf.sum(tf.abs(direction), 1, true), 1)), gradient.shape);
  },
  /** d + 1 exponential variates divided by their sum, the last one dropped, with random signs: uniform in the l1 ball. */
  sample: (center, radius, noise) => {
    const size = center.size / Math.max(1, center.shape[0] ?? 1);
    const exponential = tf.neg(tf.log(tf.maximum(tf.sub(1, noise.stream('size').uniform([size + 1])), tiny)));
    const portions = tf.div(exponential, tf.sum(exponential, 1, true));
    const kept = tf.reshape(tf.slice(portions, [0, 0], [-1, size]), center.shape);
    return tf.add(center, tf.mul(tf.mul(kept, noise.stream('sign').signs(center.shape.slice(1))), broadcastRadius(radius, center)));
  },
};
