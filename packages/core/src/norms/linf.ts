/** The maximum norm: every coordinate may move by epsilon. Dual: l1. Projection onto ball and box is exact. */
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Norm } from '../contract/norm';
import { broadcastRadius, clipToBox, flatten, largest, perExample, signOf } from './per-example';

/**
 * @example
 * const threat = { norm: linf(), epsilon: 0.3 };
 */
export function linf(): Norm {
  return norm;
}

const norm: Norm = {
  name: 'linf',
  size: largest,
  dualSize: (gradient) => tf.sum(tf.abs(flatten(gradient)), 1) as Tensor1D,
  project: (candidate, center, radius, bounds) => {
    const delta = tf.sub(candidate, center);
    const kept =
      typeof radius === 'number'
        ? tf.clipByValue(delta, -radius, radius)
        : tf.minimum(tf.maximum(delta, perExample(tf.neg(radius), delta)), perExample(radius, delta));
    return clipToBox(tf.add(center, kept), bounds);
  },
  steepest: (gradient) => signOf(gradient),
  sample: (center, radius, noise) => tf.add(center, tf.mul(noise.uniform(center.shape.slice(1), [-1, 1]), broadcastRadius(radius, center))),
};
