/**
 * CURE, curvature regularisation: mean l(x) + weight * mean |g(x + h z) - g(x)|^2, z = sign(g(x)) / |sign(g(x))|, held
 * constant: how far the gradient turns along the direction of a sign step of length h.
 *
 * Source: "Robustness via curvature regularization, and vice versa", S.-M. Moosavi-Dezfooli, A. Fawzi, J. Uesato,
 * P. Frossard, 2019 (arXiv 1811.09716).
 */
import {
  checkKeys,
  checkNumber,
  cleanLoss,
  crossEntropyOf,
  type Defence,
  type Objective,
  type Schedule,
  type StepContext,
  scale,
  scheduled,
  signOf,
  sum,
} from '@groundstate/core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  checkMethod,
  constantGradient,
  directionOf,
  type ExampleLoss,
  type GradientMethod,
  type Measured,
  requireSecondOrder,
  slopeAlong,
  squaredLength,
  tapedGradient,
} from './input-gradients';

/** Options of `curvaturePenalty`: the length of the difference and how it is taken. */
export interface CurvaturePenaltyOptions {
  /** How far z reaches, l2 in input units, or a schedule of it: the paper raises it to its value over the first epochs. @default 1.5 */
  readonly h?: number | Schedule;
  /** How the gradients of the gradients are taken. @default 'finite-difference' */
  readonly method?: GradientMethod;
}

/** Options of `cure`: those of `curvaturePenalty`, and its weight. */
export interface CureOptions extends CurvaturePenaltyOptions {
  /** Of the squared difference, or a schedule of it. @default 4 */
  readonly weight?: number | Schedule;
}

/** What the paper fine-tunes with, in units of inputs in [0, 1]; h rises from 0 over the first 5 epochs. */
export const cureSettings: Readonly<Record<'cifar10', { readonly h: number; readonly weight: number }>> = {
  cifar10: { h: 1.5, weight: 4 },
};

/**
 * By differences seven gradient evaluations an example and step: z, the direction of the turn, two differences of two and
 * the clean pass. By double backpropagation six, since each of its two passes counts as two.
 *
 * @example
 * cure({ weight: 4, h: linear(0, 1.5, 0.25) });
 */
export function cure(options: CureOptions = {}): Defence {
  checkKeys('cure', options, ['weight', 'h', 'method']);
  const { weight = 4, ...penalty } = options;
  if (typeof weight === 'number') checkNumber('cure', 'weight', weight, { min: 0 });
  return { name: 'cure', objective: sum(cleanLoss(), scale(weight, penaltyFrom('cure', penalty))) };
}

type Constants = { readonly moved: Tensor; readonly measured: Measured };

/**
 * The mean of |g(x + h z) - g(x)|^2 over the labelled examples, alone. (The paper squares the norm; a public reimplementation does
 * not.) In inference mode where the model has batch statistics.
 *
 * @example
 * sum(cleanLoss(), scale(4, curvaturePenalty({ h: 1.5 })));
 */
export function curvaturePenalty(options: CurvaturePenaltyOptions = {}): Objective<Constants> {
  return penaltyFrom('curvaturePenalty', options);
}

function penaltyFrom(owner: string, options: CurvaturePenaltyOptions): Objective<Constants> {
  checkKeys(owner, options, ['h', 'method']);
  const { h = 1.5 } = options;
  if (typeof h === 'number') checkNumber(owner, 'h', h, { min: 0 });
  const method = checkMethod(owner, options.method);
  const reach = scheduled(h);
  return {
    name: `curvature-penalty ${typeof h === 'number' ? h : 'scheduled'} by ${method}`,
    terms: ['curvature'],
    prepare: (context) => {
      const loss = lossFor(context);
      const { inputs } = context.labelled;
      const here = constantGradient(context, inputs, loss);
      const moved = tf.add(inputs, tf.mul(directionOf(signOf(here)), reach(context.progress)));
      if (method === 'double-backprop') {
        requireSecondOrder(owner, context, "Use the method 'finite-difference'.");
        return { moved, measured: undefined };
      }
      return { moved, measured: { direction: directionOf(tf.sub(constantGradient(context, moved, loss), here)) } };
    },
    evaluate: (context, { moved, measured }) => {
      const loss = lossFor(context);
      const [there, here] = [moved, context.labelled.inputs].map((inputs) =>
        measured ? slopeAlong(context, inputs, measured.direction, loss) : tapedGradient(context, inputs, loss),
      );
      const turn = tf.sub(there!, here!);
      return { curvature: tf.mean(measured ? tf.square(turn) : squaredLength(turn)) as Scalar };
    },
  };
}

function lossFor({ labelled }: StepContext): ExampleLoss {
  return (logits) => crossEntropyOf(logits, labelled.labels);
}
