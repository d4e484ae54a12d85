import type { TrainableModel } from '@groundstate/core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** z = x W + b with W `[inputs, classes]`: what it does is known in closed form. The caller disposes of it. */
export function linearClassifier(
  kernel: readonly (readonly number[])[],
  bias: readonly number[],
  bounds: TrainableModel['bounds'] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
): TrainableModel & { dispose(): void } {
  const weights = tf.tidy(() => ({
    kernel: tf.variable(tf.tensor2d(kernel.map((row) => [...row]))),
    bias: tf.variable(tf.tensor1d([...bias])),
  }));
  return {
    name: 'linear-classifier',
    bounds,
    classes: bias.length,
    inputShape: [kernel.length],
    weights,
    buffers: {},
    logits: (inputs: Tensor) =>
      tf.add(tf.matMul(inputs as Tensor2D, weights.kernel as unknown as Tensor2D), weights.bias as unknown as Tensor) as Tensor2D,
    dispose: () => tf.dispose([weights.kernel, weights.bias]),
  };
}
