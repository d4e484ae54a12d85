/** Shapes and reductions that norms, attacks and drivers share: a batch is `[n, ...]`, a value per example is `[n]`. */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Bounds } from '../contract/noise';
import type { Radius } from '../contract/norm';

/** Keeps divisions finite where a gradient or a perturbation is exactly zero. */
export const tiny = 1e-30;

/** `[n, ...shape]` as `[n, d]`. */
export function flatten(batch: Tensor): Tensor2D {
  const n = batch.shape[0] ?? 0;
  return tf.reshape(batch, [n, n === 0 ? 0 : batch.size / n]) as Tensor2D;
}

/** A value per example, `[n]`, shaped so that it broadcasts over `like`, `[n, ...shape]`. */
export function perExample(values: Tensor1D, like: Tensor): Tensor {
  return tf.reshape(values, [values.shape[0], ...new Array<number>(like.rank - 1).fill(1)]);
}

/** A radius as something that broadcasts over `like`. */
export function broadcastRadius(radius: Radius, like: Tensor): Tensor | number {
  return typeof radius === 'number' ? radius : perExample(radius, like);
}

/** The largest absolute coordinate of each example, `[n]`. */
export function largest(batch: Tensor): Tensor1D {
  return tf.max(tf.abs(flatten(batch)), 1) as Tensor1D;
}

/**
 * The Euclidean length of each example, `[n]`. Scaled by the largest coordinate first: the squares of a tiny gradient
 * would underflow to zero in float32, and a masked gradient would look like none.
 */
export function euclidean(batch: Tensor): Tensor1D {
  const scale = tf.maximum(largest(batch), tiny) as Tensor1D;
  const scaled = tf.div(batch, perExample(scale, batch));
  return tf.mul(scale, tf.sqrt(tf.sum(tf.square(flatten(scaled)), 1))) as Tensor1D;
}

/**
 * -1, 0 or +1. Not `tf.sign`: on the wasm backend that is 0 for everything below float32's epsilon, and an attack that
 * steps by the sign of a confident model's gradient would not move at all.
 */
export function signOf(batch: Tensor): Tensor {
  // Scaled up so far that everything but zero is beyond 1, the smallest float too; infinity is clipped like the rest.
  return tf.clipByValue(tf.mul(tf.mul(batch, 1e38), 1e38), -1, 1);
}

/** Each example divided by its own `sizes`; zero where the size is zero. */
export function unit(batch: Tensor, sizes: Tensor1D): Tensor {
  return tf.div(batch, perExample(tf.maximum(sizes, tiny) as Tensor1D, batch));
}

/** Into the box; infinite ends leave their side alone. */
export function clipToBox(batch: Tensor, [lower, upper]: Bounds): Tensor {
  // One fast kernel; maximum and minimum with a scalar take forty times as long on wasm.
  if (Number.isFinite(lower) && Number.isFinite(upper)) return tf.clipByValue(batch, lower, upper);
  const above = Number.isFinite(lower) ? tf.maximum(batch, lower) : batch;
  return Number.isFinite(upper) ? tf.minimum(above, upper) : above;
}

/**
 * `whenTrue` where the mask `[n]` is 1, `whenFalse` elsewhere, whole examples at a time; nothing of the other side gets
 * through, not even a NaN. The mask is spread by a product: ten times as fast as `broadcastTo` on wasm.
 */
export function choose<T extends Tensor>(mask: Tensor1D, whenTrue: T, whenFalse: T): T {
  return chooser(mask, whenTrue)(whenTrue, whenFalse);
}

/** `choose` for several pairs of tensors, all of the shape of `like`: the mask is spread over it once. */
export function chooser(mask: Tensor1D, like: Tensor): <T extends Tensor>(whenTrue: T, whenFalse: T) => T {
  const spread = mask.rank === like.rank ? mask : tf.mul(tf.onesLike(like), perExample(mask, like));
  const condition = tf.cast(spread, 'bool');
  return (whenTrue, whenFalse) => select(condition, whenTrue, whenFalse);
}

/** `tf.where` for tensors of one shape, without the copies that it makes of all three in order to broadcast them. */
export function select<T extends Tensor>(condition: Tensor, whenTrue: T, whenFalse: T): T {
  return tf.engine().runKernel('Select', { condition, t: whenTrue, e: whenFalse }) as T;
}
