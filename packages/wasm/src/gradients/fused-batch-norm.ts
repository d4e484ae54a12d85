/**
 * The gradient of FusedBatchNorm for a number for each channel: two sums in one pass give those of the mean, the variance, the scale
 * and the offset, where tfjs blows each up to the size of x first; that of x is one product.
 */
import type { NamedAttrMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { runKernel, type TrainingGradient } from '../training-gradient';

export const fusedBatchNormGradient: TrainingGradient = {
  name: 'FusedBatchNorm',
  takes: ([x, mean]) => x!.dtype === 'float32' && mean!.rank === 1 && mean!.shape[0] === x!.shape.at(-1),
  gradients: (given, saved, attributes) => gradients(given as Tensor, saved, attributes),
};

function gradients(dy: Tensor, saved: readonly Tensor[], { varianceEpsilon }: NamedAttrMap): Record<string, () => Tensor> {
  const [x, mean, variance, scale] = saved as [Tensor, Tensor, Tensor, Tensor?];
  // Each of the functions below runs in a tidy of its own, so what they share is kept as numbers: two for each channel.
  let sums: Float32Array | undefined;
  const sumsOf = (part: 0 | 1): Tensor => {
    sums ??= runKernel('BatchNormSums', { dy, x, mean }).dataSync() as Float32Array;
    const channels = mean.size;
    return tf.tensor1d(sums.subarray(part * channels, (part + 1) * channels));
  };
  const inverse = (): Tensor => tf.rsqrt(tf.add(variance, Number(varianceEpsilon)));
  const factor = (): Tensor => (scale ? tf.mul(inverse(), scale) : inverse());
  return {
    x: () => tf.mul(dy, factor()),
    mean: () => tf.neg(tf.mul(sumsOf(0), factor())),
    // d factor / d variance = -factor / (2 (variance + epsilon)).
    variance: () => tf.mul(tf.mul(sumsOf(1), tf.mul(factor(), tf.square(inverse()))), -0.5),
    scale: () => tf.mul(sumsOf(1), inverse()),
    offset: () => sumsOf(0),
  };
}
