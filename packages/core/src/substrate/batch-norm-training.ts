/**
 * Batch normalisation in training: by the statistics of the batch itself, through which the gradient flows. tfjs composes it of a
 * dozen ops forward and of dozens backward; where the backend has kernels for it (`BatchNormTraining` and its gradient, as
 * `@groundstate/wasm` does) each way is two passes over the batch.
 */
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expected } from '../errors';
import { optionalKernel } from './optional-kernel';

/** What batchNormTraining gives: the normalised batch, and the statistics that it was normalised with. */
export interface NormalisedBatch {
  /** Of the shape of the input. */
  readonly y: Tensor;
  /** For each channel, for the running averages of inference: constants, no gradient flows through them. */
  readonly mean: Tensor1D;
  /** Of the population: divided by the number of rows, not by one less. */
  readonly variance: Tensor1D;
}

const OWNER = 'batchNormTraining';

/**
 * y = scale (x - mean) / sqrt(variance + epsilon) + offset, with mean and variance of `x` over all axes but the last. `scale` and
 * `offset` hold a number for each channel. y has gradients of x, scale and offset, right to second order; every example of the batch
 * takes part in those of the others.
 *
 * @example
 * const { y, mean, variance } = batchNormTraining(features, scale, offset, 1e-3);
 * @throws {GroundstateError} when x is not float32, or scale or offset is not a vector with a number for each channel.
 */
export function batchNormTraining(x: Tensor, scale: Tensor, offset: Tensor, epsilon: number): NormalisedBatch {
  checkShapes(x, scale, offset);
  let statistics: readonly [Tensor1D, Tensor1D] | undefined;
  const normalise = tf.customGrad((...given: unknown[]) => {
    const [values, factors, shifts, save] = given as [Tensor, Tensor1D, Tensor1D, tf.GradSaveFunc];
    const { y, mean, variance } = forward(values, factors, shifts, epsilon);
    // customGrad gives one tensor out and frees the others.
    statistics = [tf.keep(mean), tf.keep(variance)];
    save([values, factors, mean, variance]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => backward(dy, saved, epsilon);
    return { value: y, gradFunc };
  });
  const y = normalise(x, scale, offset);
  const [mean, variance] = statistics!.map((kept) => {
    const clone = tf.clone(kept);
    kept.dispose();
    return clone;
  }) as [Tensor1D, Tensor1D];
  return { y, mean, variance };
}

function checkShapes(x: Tensor, scale: Tensor, offset: Tensor): void {
  if (x.rank === 0 || x.dtype !== 'float32') {
    throw expected(OWNER, 'x', 'float32 with the channels last', x, 'Cast integers with tf.cast first.');
  }
  const channels = x.shape.at(-1)!;
  for (const [name, given] of Object.entries({ scale, offset })) {
    if (given.dtype === 'float32' && given.rank === 1 && given.size === channels) continue;
    throw expected(OWNER, name, `a float32 tensor of shape [${channels}]`, given);
  }
}

function forward(x: Tensor, scale: Tensor1D, offset: Tensor1D, epsilon: number): NormalisedBatch {
  const kernel = optionalKernel('BatchNormTraining');
  if (kernel) {
    const [y, mean, variance] = kernel<[Tensor, Tensor1D, Tensor1D]>({ x, scale, offset }, { epsilon });
    return { y, mean, variance };
  }
  const { mean, variance } = tf.moments(x, leadingAxes(x)) as { mean: Tensor1D; variance: Tensor1D };
  // Of rank 4, as tfjs's kernel of inference wants it; its gradient is not used.
  const channels = scale.size;
  const images = tf.reshape(x, [channels === 0 ? 0 : x.size / channels, 1, 1, channels]) as Tensor4D;
  const y = tf.reshape(tf.batchNorm(images, mean, variance, offset, scale, epsilon), x.shape);
  return { y, mean, variance };
}

/**
 * With r = 1 / sqrt(variance + epsilon) and z = (x - mean) r: dscale = sum(dy z), doffset = sum(dy) and
 * dx = scale r (dy - average(dy) - z average(dy z)). The composition computes mean and variance again, because in a gradient of this
 * gradient they depend on x.
 */
function backward(dy: Tensor, saved: readonly Tensor[], epsilon: number): Tensor[] {
  const [x, scale, mean, variance] = saved as [Tensor, Tensor, Tensor, Tensor];
  const kernel = optionalKernel('BatchNormTrainingGrad');
  if (kernel) return kernel<Tensor[]>({ dy, x, scale, mean, variance }, { epsilon });
  const axes = leadingAxes(x);
  const centred = tf.sub(x, tf.mean(x, axes));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), axes), epsilon));
  const normalised = tf.mul(centred, inverse);
  const product = tf.mul(dy, normalised);
  const rest = tf.sub(tf.sub(dy, tf.mean(dy, axes)), tf.mul(normalised, tf.mean(product, axes)));
  return [tf.mul(rest, tf.mul(scale, inverse)), tf.sum(product, axes), tf.sum(dy, axes)];
}

function leadingAxes(x: Tensor): number[] {
  return x.shape.slice(0, -1).map((_, axis) => axis);
}
