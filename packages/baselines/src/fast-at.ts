/**
 * Fast adversarial training: one sign step from a random point of the ball, x' = P(x + u + step * sign(grad l(x + u))),
 * u ~ U(-epsilon, epsilon), step 1.25 epsilon; then mean l(x').
 *
 * Source: "Fast is better than free: revisiting adversarial training", E. Wong, L. Rice, J. Z. Kolter, 2020
 * (arXiv 2001.03994).
 */
import { ascent, checkKeys, type Defence, defineAttack, type ThreatModel } from '@groundstate/core';
import { adversarialLoss } from './adversarial-training';
import { checkThreat } from './check-threat';
import { type WarmUpOptions, warmUpOf } from './warm-up';

/** Options of `fastAdversarialTraining`: the ball, and the step in it. */
export interface FastAdversarialTrainingOptions extends WarmUpOptions {
  /** The paper's is linf; under l2 and l1 start and step are those of that norm. */
  readonly threat: ThreatModel;
  /** The step as a share of epsilon. From 2 on the start is forgotten, which is when training collapses. @default 1.25 */
  readonly relativeStep?: number;
}

/** What the paper trains with, in units of inputs in [0, 1]. */
export const fastSettings: Readonly<
  Record<'mnist' | 'cifar10', { readonly norm: 'linf'; readonly epsilon: number; readonly step: number }>
> = {
  mnist: { norm: 'linf', epsilon: 0.3, step: 0.375 },
  cifar10: { norm: 'linf', epsilon: 8 / 255, step: 10 / 255 },
};

const norms = ['linf', 'l2', 'l1'];

/**
 * Two gradient evaluations an example and step. Watch the accuracy under several steps while it trains: with large budgets
 * or long schedules it may fall to zero within an epoch ("catastrophic overfitting" in the paper), which one step does not show.
 *
 * The start is clipped to the box, as in the authors' code for CIFAR-10 (theirs for MNIST clips the end only). They take the step in training mode,
 * this one is taken in inference mode, like every attack here: a difference for models with batch normalisation only.
 *
 * @example
 * fastAdversarialTraining({ threat: { norm: linf(), epsilon: 0.3 } });
 */
export function fastAdversarialTraining(options: FastAdversarialTrainingOptions): Defence {
  checkKeys('fastAdversarialTraining', options, ['threat', 'relativeStep', 'warmUp']);
  const threat = checkThreat('fastAdversarialTraining', options.threat, norms);
  const { relativeStep = 1.25 } = options;
  const attack = defineAttack({
    card: {
      name: 'fgsm-random-start',
      norms,
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify'],
      paper: 'Fast is better than free: revisiting adversarial training (Wong et al. 2020, arXiv 2001.03994)',
    },
    ...ascent({ steps: 1, relativeStep, randomStart: true }, 'fastAdversarialTraining'),
  });
  return {
    name: 'fast-at',
    objective: adversarialLoss({ attack, threat, on: 'labelled', ...warmUpOf('fastAdversarialTraining', options) }),
  };
}
