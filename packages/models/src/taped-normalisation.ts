/**
 * Batch normalisation in inference as one node of the tape: the fused kernel of tfjs, and of its gradients those that are asked for.
 *
 * tfjs has a gradient for that kernel, but on most backends it starts with what only mean and variance need, and spreads the variance over the whole
 * batch with Tile, which on wasm takes longer than the convolutions; without gamma it throws (gradients/FusedBatchNorm_grad.ts). Here mean and
 * variance are constants, so that the gradient of the input is one product.
 */
import { optionalKernel } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { tapedNode } from './taped-node';

/** A layer's values; all float32. */
export interface Normalisation {
  /** Channels last. */
  readonly x: tf.Tensor;
  /** A number for each channel, as all that follow. */
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
  readonly scale: tf.Tensor | undefined;
  readonly offset: tf.Tensor | undefined;
  readonly epsilon: number;
}

/** (x - mean) scale / sqrt(variance + epsilon) + offset, with the bits that tfjs gives off the tape. */
export function tapedNormalisation({ x, mean, variance, scale, offset, epsilon }: Normalisation): tf.Tensor {
  return tapedNode({
    inputs: { x, ...(scale ? { scale } : {}), ...(offset ? { offset } : {}) },
    forwardFunc: (_, save) => {
      save([x, mean, variance, ...(scale ? [scale] : [])]);
      // Of rank 4, as the kernel wants it.
      const channels = mean.size;
      const images = tf.reshape(x, [channels === 0 ? 0 : x.size / channels, 1, 1, channels]) as tf.Tensor4D;
      const [centre, spread, shift, factor] = [mean, variance, offset, scale] as (tf.Tensor1D | undefined)[];
      return tf.reshape(tf.batchNorm(images, centre!, spread!, shift, factor, epsilon), x.shape);
    },
    backwardsFunc: (dy, saved) => {
      const [input, centre, spread, factor] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor | undefined];
      const inverse = (): tf.Tensor => tf.rsqrt(tf.add(spread, epsilon));
      const sums = channelSums(dy, input, centre);
      return {
        x: () => tf.mul(dy, factor ? tf.mul(inverse(), factor) : inverse()),
        scale: () => tf.mul(sums.ofProducts(), inverse()),
        offset: () => sums.ofSlopes(),
      };
    },
  });
}

/** For each channel the sum of dy, and that of dy (x - mean); computed when they are asked for, and by one kernel where the backend has it. */
function channelSums(dy: tf.Tensor, x: tf.Tensor, mean: tf.Tensor) {
  const kernel = optionalKernel('BatchNormSums');
  const axes = dy.shape.slice(0, -1).map((_, axis) => axis);
  if (!kernel) return { ofSlopes: () => tf.sum(dy, axes), ofProducts: () => tf.sum(tf.mul(dy, tf.sub(x, mean)), axes) };
  // Each gradient is computed in a tidy of its own, so what they share is kept as numbers: two for each channel, at hand on such a backend.
  let both: Float32Array | undefined;
  const part = (index: 0 | 1): tf.Tensor => {
    both ??= kernel({ dy, x, mean }).dataSync<'float32'>();
    return tf.tensor1d(both.slice(index * mean.size, (index + 1) * mean.size));
  };
  return { ofSlopes: () => part(0), ofProducts: () => part(1) };
}
