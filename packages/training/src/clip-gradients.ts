/**
 * Shortens the gradient of all weights together: g <- g min(1, limit / norm(g)), its direction stays.
 *
 * Source: "On the difficulty of training recurrent neural networks", R. Pascanu, T. Mikolov, Y. Bengio, 2013
 * (arXiv 1211.5063), algorithm 1.
 */
import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface Clipped {
  readonly gradients: NamedTensorMap;
  /** The l2 norm of all gradients together, before they were shortened; infinite where its square is beyond float32. */
  readonly norm: Scalar;
}

/** Call it inside a tidy. */
export function clipGradients(gradients: NamedTensorMap, limit: number): Clipped {
  const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)) as Tensor);
  const norm = tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square), tf.scalar(0))) as Scalar;
  // Multiplying by 1 changes no bit: what is short enough stays as it is.
  const factor = tf.minimum(tf.div(limit, norm), 1);
  return { gradients: Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)])), norm };
}
