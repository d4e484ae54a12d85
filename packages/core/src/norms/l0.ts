/**
 * The number of coordinates that change, of however much. No norm in the strict sense: it has no dual and no direction of its own,
 * and gradient ascent is not defined under it; attacks that count coordinates are.
 */
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Norm } from '../contract/norm';
import { clipToBox, flatten, largest, signOf } from './per-example';

/**
 * @example
 * const threat = { norm: l0(), epsilon: 20 };
 */
export function l0(): Norm {
  return norm;
}

/** The rank of each coordinate by its size, 0 for the largest; of equal ones the earlier comes first. */
function ranks(sizes: Tensor): Tensor {
  const flat = flatten(sizes);
  const { indices } = tf.topk(flat, flat.shape[1], true);
  // Where each coordinate stands in the order: the order of the order.
  const places = tf.topk(tf.neg(tf.cast(indices, 'float32')), flat.shape[1], true).indices;
  return tf.reshape(tf.cast(places, 'float32'), sizes.shape);
}

const norm: Norm = {
  name: 'l0',
  size: (delta) => tf.sum(tf.cast(tf.notEqual(flatten(delta), 0), 'float32'), 1) as Tensor1D,
  /** What one coordinate can do at most, per unit of its own change. */
  dualSize: largest,
  /** Keeps the largest changes, as many as the radius allows. */
  project: (candidate, center, radius, bounds) => {
    const delta = tf.sub(clipToBox(candidate, bounds), center);
    const most = typeof radius === 'number' ? radius : tf.reshape(radius, [-1, ...new Array<number>(delta.rank - 1).fill(1)]);
    const kept = tf.cast(tf.less(ranks(tf.abs(delta)), most), 'float32');
    return clipToBox(tf.add(center, tf.mul(delta, kept)), bounds);
  },
  /** The sign of the largest slope among the coordinates that the box lets move. */
  steepest: (gradient, at, [lower, upper]) => {
    const free = tf.logicalOr(
      tf.logicalAnd(tf.greater(gradient, 0), tf.less(at, upper)),
      tf.logicalAnd(tf.less(gradient, 0), tf.greater(at, lower)),
    );
    const slope = tf.mul(gradient, tf.cast(free, 'float32'));
    const first = tf.cast(tf.equal(ranks(tf.abs(slope)), 0), 'float32');
    return tf.mul(signOf(slope), first);
  },
  /** As many coordinates as the radius says, chosen at random, moved by up to 1 either way. */
  sample: (center, radius, noise) => {
    const shape = center.shape.slice(1);
    const most = typeof radius === 'number' ? radius : tf.reshape(radius, [-1, ...new Array<number>(shape.length).fill(1)]);
    const chosen = tf.cast(tf.less(ranks(noise.stream('which').uniform(shape)), most), 'float32');
    return tf.add(center, tf.mul(chosen, noise.stream('size').uniform(shape, [-1, 1])));
  },
};
