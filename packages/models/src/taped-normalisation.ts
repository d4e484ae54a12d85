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
      return {
        x: () => tf.mul(dy, factor ? tf.mul(inverse(), factor) : inverse()),
        scale: () => tf.mul(alongDifferences(dy, input, centre), inverse()),
        offset: () => tf.sum(dy, leadingAxes(dy)),
      };
    },
  });
}

/** For each channel the sum of dy (x - mean). */
function alongDifferences(dy: tf.Tensor, x: tf.Tensor, mean: tf.Tensor): tf.Tensor {
  const kernel = optionalKernel('BatchNormSums');
  if (!kernel) return tf.sum(tf.mul(dy, tf.sub(x, mean)), leadingAxes(dy));
  return tf.reshape(tf.slice(kernel({ dy, x, mean }), [1, 0], [1, mean.size]), [mean.size]);
}

function leadingAxes(x: tf.Tensor): number[] {
  return x.shape.slice(0, -1).map((_, axis) => axis);
}
