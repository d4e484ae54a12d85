/**
 * The squared norm of the gradient of the loss at given points, on the tape, in the two ways there are: a finite
 * difference along a direction that is held constant (any network), and the gradient of a gradient (where it is right).
 *
 * The direction v is the one of steepest ascent: <g, v> is then the dual norm of g, and so is its derivative for the
 * weights, since v is the best direction for g (the envelope theorem).
 */
import {
  checkNumber,
  checkOneOf,
  crossEntropyOf,
  expected,
  GroundstateError,
  holdConstant,
  type Norm,
  perExample,
  type StepContext,
  secondOrderObstacle,
} from '@groundstate/core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { averageOf, type Losses, lossesAt, lossesOf, type Subject } from './subject';

/** How the size of an input gradient is made into a term that can be trained. */
export interface SlopeOptions {
  /**
   * `finite-difference` is first-order and works on any network. `double-backprop` has no step to choose, and is refused
   * where the gradient of a gradient would be wrong (`secondOrderObstacle` of core). @default 'finite-difference'
   */
  readonly method?: 'finite-difference' | 'double-backprop';
  /** Half the length of the difference, as a share of the example's own size. @default 0.01 */
  readonly relativeStep?: number;
}

export const defaultStep = 0.01;

export interface Slope {
  readonly method: 'finite-difference' | 'double-backprop';
  readonly relativeStep: number;
  readonly virtual: boolean;
  readonly norm: Norm;
}

export function slopeOf(owner: string, { method = 'finite-difference', relativeStep }: SlopeOptions, norm: Norm, virtual: boolean): Slope {
  checkOneOf(owner, 'method', method, ['finite-difference', 'double-backprop']);
  if (method === 'double-backprop' && relativeStep !== undefined) {
    throw expected(owner, 'relativeStep', "left out with the method 'double-backprop'", relativeStep, 'It takes no difference.');
  }
  if (virtual && method === 'double-backprop') {
    throw expected(owner, 'method', "'finite-difference' for a virtual energy", method, 'One gradient for every class would be needed.');
  }
  if (virtual && norm.name !== 'l2') {
    throw expected(owner, 'norm', 'l2 for a virtual energy', norm.name, 'It is the trace of the Fisher matrix, which is Euclidean.');
  }
  return { method, relativeStep: checkNumber(owner, 'relativeStep', relativeStep ?? defaultStep, { above: 0 }), virtual, norm };
}

/** A point `[n, ...shape]` to take the slope at, and, for a difference, the constant direction to take it along. */
export type SlopePoint = { readonly at: Tensor; readonly direction?: Tensor };

/** What is held constant. Call it in `prepare`: one gradient evaluation for a difference with labels, none otherwise. */
export function prepareSlope(context: StepContext, slope: Slope, subject: Subject, at: Tensor, owner: string, draw: number): SlopePoint {
  const { batch, mode, truth } = subject;
  if (slope.method === 'double-backprop') {
    const obstacle = secondOrderObstacle(context.model, batch.inputs);
    if (obstacle === undefined) return { at };
    const rule = 'expected `method` to be \'finite-difference\' for this model, got "double-backprop".';
    throw new GroundstateError('unsupported', `${owner}: ${rule} ${obstacle}`);
  }
  if (slope.virtual) {
    // E <g, u>^2 = |g|^2 / d for random signs u / sqrt(d): one direction serves all classes.
    const signs = batch.noise.stream(owner, 'direction', draw).signs(at.shape.slice(1));
    return { at, direction: tf.div(signs, Math.sqrt(sizeOf(at))) };
  }
  const loss = (logits: Tensor2D): Tensor1D => crossEntropyOf(logits, truth as Tensor1D);
  const { gradient } = context.inputGradient(at, loss, { mode, noise: batch.noise });
  return { at, direction: slope.norm.steepest(gradient, at, everywhere) };
}

/** The squared dual norm of the gradient, `[n]`; of a virtual slope an unbiased estimate of its average over p(x). */
export function squaredSlope(context: StepContext, slope: Slope, subject: Subject, { at, direction }: SlopePoint): Tensor1D {
  const { model } = context;
  const { truth } = subject;
  if (!direction) {
    const { batch, mode } = subject;
    const loss = (logits: Tensor2D): Tensor1D => lossesOf(logits, truth) as Tensor1D;
    const gradient = context.tapedGradient(at, loss, { mode, noise: batch.noise });
    const steepest = holdConstant(gradient, (g) => slope.norm.steepest(g, at, everywhere));
    return tf.square(tf.sum(tf.reshape(tf.mul(gradient, steepest), [at.shape[0]!, -1]), 1)) as Tensor1D;
  }
  const half = halfStep(slope, subject.batch.inputs);
  const step = tf.mul(direction, perExample(half, direction));
  const [above, below] = lossesAt(model, [tf.add(at, step), tf.sub(at, step)], subject);
  const rise = tf.sub(above!, below!);
  const slopes = tf.div(rise, tf.reshape(tf.mul(half, 2), truth.rank === 1 ? [-1] : [-1, 1]));
  const squares = averageOf(tf.square(slopes) as Losses, truth);
  return (slope.virtual ? tf.mul(squares, sizeOf(at)) : squares) as Tensor1D;
}

/** A share of each example's own size; at least that of a tenth in every coordinate, for those that are nearly nothing. */
function halfStep({ norm, relativeStep }: Slope, inputs: Tensor): Tensor1D {
  const least = norm.size(tf.fill(inputs.shape, 0.1));
  return tf.mul(tf.maximum(norm.size(inputs), least), relativeStep) as Tensor1D;
}

const everywhere = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

/** Numbers in one example. */
function sizeOf(batch: Tensor): number {
  return batch.size / Math.max(1, batch.shape[0] ?? 1);
}
