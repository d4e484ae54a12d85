/**
 * Input-gradient regularisation: mean l(x) + weight * mean |g(x)|^2, g the gradient of the loss for the input.
 *
 * Source: "Improving generalization performance using double backpropagation", H. Drucker, Y. LeCun, 1992 (IEEE Transactions
 * on Neural Networks 3(6)); "Improving the adversarial robustness and interpretability of deep neural networks by
 * regularizing their input gradients", A. S. Ross, F. Doshi-Velez, 2018 (arXiv 1711.09404).
 */
import {
  checkKeys,
  checkNumber,
  cleanLoss,
  crossEntropyOf,
  type Defence,
  type Objective,
  type Schedule,
  scale,
  sum,
} from '@groundstate/core';
import type { Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkMethod, type GradientMethod, type Measured, measureGradient, squaredGradient } from './input-gradients';

/** Options of `inputGradientRegularisation`: its weight, and how the gradient of the gradient is taken. */
export interface InputGradientRegularisationOptions {
  /** Of the squared norm, or a schedule of it; ours: the papers choose theirs by validation, network by network. @default 1 */
  readonly weight?: number | Schedule;
  /** How the gradient of the gradient is taken. @default 'finite-difference' */
  readonly method?: GradientMethod;
}

/**
 * By differences four gradient evaluations an example and step: the direction, the two ends of the difference and the clean
 * pass. By double backpropagation three: its pass counts as two.
 *
 * @example
 * inputGradientRegularisation({ weight: 0.1 });
 */
export function inputGradientRegularisation(options: InputGradientRegularisationOptions = {}): Defence {
  checkKeys('inputGradientRegularisation', options, ['weight', 'method']);
  const { weight = 1 } = options;
  const method = checkMethod('inputGradientRegularisation', options.method);
  if (typeof weight === 'number') checkNumber('inputGradientRegularisation', 'weight', weight, { min: 0 });
  return { name: 'input-gradient', objective: sum(cleanLoss(), scale(weight, gradientPenalty({ method }))) };
}

/**
 * The mean of |g(x)|^2 over the labelled examples, alone. In inference mode where the model has batch statistics.
 *
 * @example
 * sum(adversarialLoss(adversary), scale(0.1, gradientPenalty()));
 */
export function gradientPenalty(options: { readonly method?: GradientMethod } = {}): Objective<Measured> {
  checkKeys('gradientPenalty', options, ['method']);
  const method = checkMethod('gradientPenalty', options.method);
  return {
    name: `gradient-penalty by ${method}`,
    terms: ['gradientPenalty'],
    prepare: (context) => measureGradient('gradientPenalty', method, context, (logits) => crossEntropyOf(logits, context.labelled.labels)),
    evaluate: (context, measured) => ({
      gradientPenalty: tf.mean(squaredGradient(context, measured, (logits) => crossEntropyOf(logits, context.labelled.labels))) as Scalar,
    }),
  };
}
