/**
 * tfjs has no stop-gradient; a custom gradient of zero is one. For values that steer a computation on the tape without
 * being differentiated: sorted indices (topk has no gradient at all), the class that came second.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** `compute(input)`, with no gradient flowing back to `input` (float32). */
export function holdConstant<T extends Tensor>(input: Tensor, compute: (input: Tensor) => T): T {
  const constant = tf.customGrad((value: unknown) => ({
    value: compute(value as Tensor),
    gradFunc: () => tf.zeros((value as Tensor).shape),
  }));
  return constant(input) as T;
}
