/**
 * Jacobian regularisation: mean l(x) + (weight / 2) * mean |J(x)|_F^2, J the Jacobian of the logits. The norm is estimated
 * by random projections: |J|_F^2 = C E |J^T v|^2 for v uniform on the unit sphere of the C logits, drawn for each example and step.
 *
 * Source: "Robust learning with Jacobian regularization", J. Hoffman, D. A. Roberts, S. Yaida, 2019 (arXiv 1908.02729).
 */
import { checkKeys, checkNumber, cleanLoss, type Defence, type Objective, type Schedule, scale, sum } from '@groundstate/core';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  checkMethod,
  directionOf,
  type ExampleLoss,
  type GradientMethod,
  type Measured,
  measureGradient,
  squaredGradient,
} from './input-gradients';

/** Options of `jacobianPenalty`: the random projections and how they are taken. */
export interface JacobianPenaltyOptions {
  /** How many v are drawn an example and step. @default 1 */
  readonly projections?: number;
  /** How the gradient of J^T v is taken. @default 'finite-difference' */
  readonly method?: GradientMethod;
}

/** Options of `jacobianRegularisation`: those of `jacobianPenalty`, and its weight. */
export interface JacobianRegularisationOptions extends JacobianPenaltyOptions {
  /** Of half the squared norm, or a schedule of it. @default 0.01 */
  readonly weight?: number | Schedule;
}

/** What the paper trains with. */
export const jacobianSettings: Readonly<Record<'mnist', { readonly weight: number; readonly projections: number }>> = {
  mnist: { weight: 0.01, projections: 1 },
};

/**
 * By differences three gradient evaluations a projection, and the clean one. They are differences of <f, v> along the
 * direction of J^T v, so that the projection is the paper's: on the side of the logits, where it varies far less than
 * random directions of the input would. By double backpropagation two a projection.
 *
 * @example
 * jacobianRegularisation({ weight: 0.01, projections: 1 });
 */
export function jacobianRegularisation(options: JacobianRegularisationOptions = {}): Defence {
  checkKeys('jacobianRegularisation', options, ['weight', 'projections', 'method']);
  const { weight = 0.01, ...penalty } = options;
  if (typeof weight === 'number') checkNumber('jacobianRegularisation', 'weight', weight, { min: 0 });
  return { name: 'jacobian', objective: sum(cleanLoss(), scale(weight, penaltyFrom('jacobianRegularisation', penalty))) };
}

type Projection = { readonly direction: Tensor; readonly measured: Measured };

/**
 * Half the mean of |J|_F^2 over the labelled examples, alone. In inference mode where the model has batch statistics.
 *
 * @example
 * sum(adversarialLoss(adversary), scale(0.01, jacobianPenalty()));
 */
export function jacobianPenalty(options: JacobianPenaltyOptions = {}): Objective<readonly Projection[]> {
  return penaltyFrom('jacobianPenalty', options);
}

function penaltyFrom(owner: string, options: JacobianPenaltyOptions): Objective<readonly Projection[]> {
  checkKeys(owner, options, ['projections', 'method']);
  const projections = checkNumber(owner, 'projections', options.projections ?? 1, { integer: true, min: 1 });
  const method = checkMethod(owner, options.method);
  return {
    name: `jacobian-penalty x${projections} by ${method}`,
    terms: ['jacobianPenalty'],
    prepare: (context) =>
      Array.from({ length: projections }, (_, index) => {
        const direction = directionOf(context.noise.stream('jacobian', index).normal([context.model.classes]));
        return { direction, measured: measureGradient(owner, method, context, along(direction)) };
      }),
    evaluate: (context, drawn) => {
      const squares = drawn.map(({ direction, measured }) => squaredGradient(context, measured, along(direction)));
      return { jacobianPenalty: tf.mul(tf.mean(tf.stack(squares)), context.model.classes / 2) as Scalar };
    },
  };
}

/** <f(x), v>, whose gradient is J^T v. */
function along(direction: Tensor): ExampleLoss {
  return (logits) => tf.sum(tf.mul(logits, direction), 1) as Tensor1D;
}
