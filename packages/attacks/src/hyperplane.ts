/**
 * The smallest move onto a hyperplane that stays in the box: argmin |delta|_p with <w, t + delta> = b and t + delta in the box; where the
 * box does not reach the plane, the corner nearest to it. With c = |<w, t> - b|, a = |w| and r_i the room that coordinate i has in
 * its direction: linf: delta_i = min(v, r_i); l2: delta_i = min(v a_i, r_i), v such that sum a_i delta_i = c; l1: the coordinates of
 * largest a_i go all the way, until c is spent.
 *
 * Source: "Minimally distorted adversarial examples with a fast adaptive boundary attack", F. Croce, M. Hein, 2020
 * (arXiv 1907.02044). The authors sort the breakpoints; here v is found by Newton's method, which on a concave function of
 * straight pieces comes from below and ends on the root's own piece.
 */
import { type Bounds, flatten, perExample, signOf } from '@groundstate/core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Pieces that Newton's method goes through at most; on images it is seen to stop after half of them. */
const pieces = 16;
/** Halvings of the bracket of weights: the last is below float32's resolution of it. */
const halvings = 32;
const tiny = 1e-30;

/** The half-space that a point is to be moved to the border of. */
export type Plane = {
  /** `[n, ...shape]`: the normal w. */
  readonly normal: Tensor;
  /** `[n]`: <w, t> - b at the point that is moved. */
  readonly excess: Tensor1D;
};

/** The move, of the shape of `from`; `norm` is `linf`, `l2` or `l1`. Zero where the normal is zero. */
export function ontoHyperplane(from: Tensor, { normal, excess }: Plane, norm: string, [lower, upper]: Bounds): Tensor {
  // Towards smaller <w, t> where it is too large, towards larger where it is too small.
  const towards = tf.neg(
    flatten(tf.mul(signOf(normal), perExample(tf.sub(tf.mul(tf.cast(tf.greaterEqual(excess, 0), 'float32'), 2), 1) as Tensor1D, normal))),
  );
  const point = flatten(from);
  const up = tf.cast(tf.greater(towards, 0), 'float32');
  const room = tf.abs(tf.where(tf.cast(up, 'bool'), tf.sub(upper, point), tf.sub(point, lower)));
  const weight = tf.abs(flatten(normal));
  const needed = tf.reshape(tf.abs(excess), [-1, 1]) as Tensor2D;
  const sizes = forms[norm as keyof typeof forms](weight as Tensor2D, room as Tensor2D, needed);
  return tf.reshape(tf.mul(towards, sizes), from.shape);
}

type Form = (weight: Tensor2D, room: Tensor2D, needed: Tensor2D) => Tensor;

const forms: Readonly<Record<'linf' | 'l2' | 'l1', Form>> = {
  linf: (weight, room, needed) => alongRay(weight, tf.onesLike(weight), room, needed),
  l2: (weight, room, needed) => alongRay(weight, weight, room, needed),
  l1: (weight, room, needed) => steepestFirst(weight, room, needed),
};

/** min(v s_i, r_i) with sum a_i min(v s_i, r_i) = c. */
function alongRay(weight: Tensor2D, speed: Tensor2D, room: Tensor2D, needed: Tensor2D): Tensor {
  const product = tf.mul(weight, speed);
  let far = tf.div(needed, tf.maximum(tf.sum(product, 1, true), tiny)) as Tensor2D;
  for (let piece = 0; piece < pieces; piece++) {
    const reach = tf.mul(speed, far);
    const spent = tf.sum(tf.mul(weight, tf.minimum(reach, room)), 1, true);
    const slope = tf.sum(tf.mul(product, tf.cast(tf.less(reach, room), 'float32')), 1, true);
    // Without a slope everything that counts is at its end.
    far = tf.add(far, tf.div(tf.relu(tf.sub(needed, spent)), tf.maximum(slope, tiny))) as Tensor2D;
  }
  return tf.minimum(tf.mul(speed, far), room);
}

/** All of the room of the coordinates above a threshold, and a share of it for those on the threshold. */
function steepestFirst(weight: Tensor2D, room: Tensor2D, needed: Tensor2D): Tensor {
  // No coordinate needs more room than what meets the need alone; one without a weight moves nothing.
  const useful = tf.minimum(room, tf.div(needed, tf.maximum(weight, tiny)));
  const move = tf.where(tf.greater(weight, 0), useful, tf.zerosLike(useful));
  const worth = tf.mul(weight, move);
  const above = (threshold: Tensor): Tensor => tf.cast(tf.greater(weight, threshold), 'float32');
  const worthAbove = (threshold: Tensor): Tensor => tf.sum(tf.mul(worth, above(threshold)), 1, true);
  let low = tf.zeros(needed.shape) as Tensor2D;
  let high = tf.max(weight, 1, true) as Tensor2D;
  for (let i = 0; i < halvings; i++) {
    const middle = tf.mul(0.5, tf.add(low, high)) as Tensor2D;
    const enough = tf.cast(tf.greaterEqual(worthAbove(middle), needed), 'float32');
    low = tf.add(tf.mul(enough, middle), tf.mul(tf.sub(1, enough), low)) as Tensor2D;
    high = tf.add(tf.mul(enough, high), tf.mul(tf.sub(1, enough), middle)) as Tensor2D;
  }
  const rest = tf.relu(tf.sub(needed, worthAbove(high)));
  const onIt = tf.sub(above(low), above(high));
  const share = tf.minimum(tf.div(rest, tf.maximum(tf.sum(tf.mul(worth, onIt), 1, true), tiny)), 1);
  return tf.mul(move, tf.add(above(high), tf.mul(onIt, share)));
}
