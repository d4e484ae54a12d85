/** Second derivatives in one number: the slope, along each coordinate, of a fixed combination of the first derivatives. */
import { finiteDifferences, relativeError } from '@groundstate/testing';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { order } from '../src/examples/order';
import { createNoise } from '../src/noise/create-noise';

/** Random numbers of a shape, the same for the same name. */
export function numbers(name: string, shape: readonly number[], bounds: readonly [number, number] = [-1, 1]): Tensor {
  return tf.reshape(
    createNoise(5, Int32Array.from([0]))
      .stream(name)
      .uniform(shape, bounds),
    [...shape],
  );
}

/** Numbers between -1 and 1 in a random order, no two of them closer than 2 / size: away from each other's kinks. */
export function spread(shape: readonly number[]): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const places = order(size, { seed: 5, epoch: 0 });
  return tf.tensor(
    Array.from(places, (place) => (2 * place + 1) / size - 1),
    [...shape],
  );
}

/** sum(c * grad f(x)), c fixed: its gradient is a second derivative of f. */
export function slopeOf(evaluate: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  return (x) => tf.sum(tf.mul(tf.grad(evaluate)(x), numbers('combination', x.shape)));
}

/** How far the gradient of the gradient is from finite differences of the gradient. */
export async function secondOrderError(evaluate: (x: Tensor) => Tensor, shape: readonly number[], step = 1e-2): Promise<number> {
  const point = spread(shape);
  const slope = slopeOf(evaluate);
  const expected = await finiteDifferences(slope, point, step);
  const gradient = tf.tidy(() => tf.grad(slope)(point).dataSync());
  point.dispose();
  return relativeError(gradient, expected);
}
