/**
 * Shortens the gradient of all weights together: g <- g min(1, limit / norm(g)), its direction stays.
 *
 * Source: "On the difficulty of training recurrent neural networks", R. Pascanu, T. Mikolov, Y. Bengio, 2013
 * (arXiv 1211.5063), algorithm 1.
 */
import { optionalKernel } from '@groundstate/core';
import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export interface Clipped {
  readonly gradients: NamedTensorMap;
  /** The l2 norm of all gradients together, before they were shortened; infinite where its square is beyond float32. */
  readonly norm: Scalar;
}

/** Call it inside a tidy. */
export function clipGradients(gradients: NamedTensorMap, limit: number): Clipped {
  const norm = tf.sqrt(squaredNorm(Object.values(gradients)));
  // Multiplying by 1 changes no bit: what is short enough stays as it is.
  const factor = tf.minimum(tf.div(limit, norm), 1);
  return { gradients: Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)])), norm };
}

/** Of all together, in one pass where the backend has a kernel for it. */
function squaredNorm(gradients: readonly Tensor[]): Scalar {
  const kernel = optionalKernel('SquaredNorm');
  if (kernel) return kernel<Scalar>(Object.fromEntries(gradients.entries()));
  const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)) as Tensor);
  return squares.reduce((sum, square) => tf.add(sum, square), tf.scalar(0)) as Scalar;
}
