/** A boolean scalar, false where any number is NaN or infinite: in one pass where the backend has a kernel for it. */
import { optionalKernel } from '@groundstate/core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Call it inside a tidy. */
export function allFinite(tensors: readonly Tensor[]): Scalar {
  const kernel = optionalKernel('AllFinite');
  if (kernel) return kernel<Scalar>(Object.fromEntries(tensors.entries()));
  return tensors.reduce<Tensor>((all, tensor) => tf.logicalAnd(all, tf.all(tf.isFinite(tensor))), tf.scalar(true, 'bool')) as Scalar;
}
