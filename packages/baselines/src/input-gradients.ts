/**
 * Objectives that are made of input gradients need the weights' gradient of a gradient. Two roads: differences of the loss
 * along a direction that is held constant, <g(x), v> = ( l(x + hv) - l(x - hv) ) / 2h, right up to h^2 on any network, or
 * double backpropagation, exact where every op is right to second order, which is checked.
 */
import {
  checkOneOf,
  enableSecondOrder,
  euclidean,
  expected,
  flatten,
  logitsTogether,
  type Model,
  type StepContext,
  secondOrderObstacle,
  steadyMode,
  unit,
} from '@groundstate/core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** `finite-difference`: any network. `double-backprop`: exact, where the model passes the check of its ops. */
export type GradientMethod = 'finite-difference' | 'double-backprop';
/** Per example, `[n]`, of logits `[n, classes]`. */
export type ExampleLoss = (logits: Tensor2D) => Tensor1D;

export function checkMethod(owner: string, method: GradientMethod | undefined): GradientMethod {
  return checkOneOf(owner, 'method', method ?? 'finite-difference', ['finite-difference', 'double-backprop'] as const);
}

/**
 * h, an l2 length in input units: a hundredth of the length of an input that is half the box everywhere (1 where the box is
 * infinite). Smaller ones drown in float32, larger ones leave the neighbourhood: 0.14 for MNIST, 0.28 for CIFAR-10.
 */
export function differenceStep({ bounds: [lower, upper], inputShape }: Model): number {
  const scale = Number.isFinite(upper - lower) ? (upper - lower) / 2 : 1;
  return 0.01 * scale * Math.sqrt(inputShape.reduce((product, length) => product * length, 1));
}

/** On the tape: <g(x), v> per example, v of unit length or zero. Two passes. */
export function slopeAlong(context: StepContext, inputs: Tensor, direction: Tensor, loss: ExampleLoss): Tensor1D {
  const h = differenceStep(context.model);
  const ends = [h, -h].map((shift) => tf.add(inputs, tf.mul(direction, shift)));
  const [above, below] = lossesAt(context, ends, loss);
  return tf.div(tf.sub(above!, below!), 2 * h) as Tensor1D;
}

/** At several inputs that were made from the labelled ones. */
export function lossesAt({ model, labelled }: StepContext, points: readonly Tensor[], loss: ExampleLoss): readonly Tensor1D[] {
  return logitsTogether(model, points, { mode: steadyMode(model), noise: labelled.noise }).map(loss);
}

/** Each example's share of unit length; zero where it is zero. */
export function directionOf(batch: Tensor): Tensor {
  return unit(batch, euclidean(batch));
}

/** Off the tape, in `prepare`: one gradient evaluation. */
export function constantGradient(context: StepContext, inputs: Tensor, loss: ExampleLoss): Tensor {
  return context.inputGradient(inputs, loss, { mode: steadyMode(context.model), noise: context.labelled.noise }).gradient;
}

/** On the tape, differentiable in its turn: two gradient evaluations. */
export function tapedGradient(context: StepContext, inputs: Tensor, loss: ExampleLoss): Tensor {
  return context.tapedGradient(inputs, loss, { mode: steadyMode(context.model), noise: context.labelled.noise });
}

/** The square of each example's Euclidean length; differentiable at zero too. */
export function squaredLength(batch: Tensor): Tensor1D {
  return tf.sum(tf.square(flatten(batch)), 1) as Tensor1D;
}

/** In `prepare`: throws where double backpropagation would be wrong for the model. */
export function requireSecondOrder(owner: string, { model, labelled }: StepContext, remedy: string): void {
  enableSecondOrder();
  const obstacle = secondOrderObstacle(model, labelled.inputs);
  if (obstacle) throw expected(owner, 'model', 'one that can be differentiated twice', model.name, `${obstacle} ${remedy}`);
}

/** The direction in which a gradient is measured; nothing where it is on the tape itself. */
export type Measured = { readonly direction: Tensor } | undefined;

/** In `prepare`, for `squaredGradient`. One gradient evaluation by differences, none otherwise. */
export function measureGradient(owner: string, method: GradientMethod, context: StepContext, loss: ExampleLoss): Measured {
  if (method === 'finite-difference') return { direction: directionOf(constantGradient(context, context.labelled.inputs, loss)) };
  requireSecondOrder(owner, context, "Use the method 'finite-difference'.");
  return undefined;
}

/** On the tape: |g(x)|^2 per example. By differences along v = g / |g|, whose own gradient is right since d|g|^2 = 2 |g| d<g, v>. */
export function squaredGradient(context: StepContext, measured: Measured, loss: ExampleLoss): Tensor1D {
  const { inputs } = context.labelled;
  return measured
    ? (tf.square(slopeAlong(context, inputs, measured.direction, loss)) as Tensor1D)
    : squaredLength(tapedGradient(context, inputs, loss));
}
