/**
 * The Euclidean norm. Its own dual. Projection rescales the perturbation into the ball and then clips to the box, as the
 * field's references do: the result is in both sets, though not always their nearest common point.
 */
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Norm } from '../contract/norm';
import { broadcastRadius, clipToBox, euclidean, perExample, tiny, unit } from './per-example';

/**
 * @example
 * const threat = { norm: l2(), epsilon: 2 };
 */
export function l2(): Norm {
  return norm;
}

const norm: Norm = {
  name: 'l2',
  size: euclidean,
  dualSize: euclidean,
  project: (candidate, center, radius, bounds) => {
    const delta = tf.sub(candidate, center);
    const shrink = tf.minimum(1, tf.div(radius, tf.maximum(euclidean(delta), tiny))) as Tensor1D;
    return clipToBox(tf.add(center, tf.mul(delta, perExample(shrink, delta))), bounds);
  },
  steepest: (gradient) => unit(gradient, euclidean(gradient)),
  /** The first d coordinates of a uniform point on the sphere in d + 2 dimensions are uniform in the d-ball. */
  sample: (center, radius, noise) => {
    const shape = center.shape.slice(1);
    const direction = noise.stream('direction').normal(shape);
    const extra = noise.stream('extra').normal([2]);
    const length = tf.sqrt(tf.add(tf.square(euclidean(direction)), tf.sum(tf.square(extra), 1))) as Tensor1D;
    return tf.add(center, tf.mul(unit(direction, length), broadcastRadius(radius, center)));
  },
};
