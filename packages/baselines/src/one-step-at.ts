/**
 * Adversarial training with one steepest step: mean l(x + r), r = epsilon * steepest(grad l(x)); under l2 that is
 * r = epsilon g / |g|, the first-order form of training against the worst point of the ball.
 *
 * Source: "A unified gradient regularization family for adversarial examples", C. Lyu, K. Huang, H.-N. Liang, 2015
 * (arXiv 1511.06385). The l2 form is also the adversarial training that "Virtual adversarial training", T. Miyato,
 * S. Maeda, M. Koyama, S. Ishii, 2018 (arXiv 1704.03976) compares with.
 */
import { ascent, checkKeys, type Defence, defineAttack, type ThreatModel } from '@groundstate/core';
import { adversarialLoss } from './adversarial-training';
import { checkThreat } from './check-threat';
import { type WarmUpOptions, warmUpOf } from './warm-up';

/** Options of `oneStepAdversarialTraining`: the ball, and where the step starts. */
export interface OneStepAdversarialTrainingOptions extends WarmUpOptions {
  /** The ball: r has this size, unless the box cuts it short. */
  readonly threat: ThreatModel;
  /** Take the step from a random point of the ball and project back onto it; the original steps from the clean input. @default false */
  readonly randomStart?: boolean;
}

const norms = ['linf', 'l2', 'l1'];

/**
 * Two gradient evaluations an example and step. Under large budgets training from the clean input collapses: the network
 * learns to bend its loss just there, and the step no longer finds what several steps find. `randomStart` is a remedy.
 *
 * @example
 * oneStepAdversarialTraining({ threat: { norm: l2(), epsilon: 1.5 } });
 */
export function oneStepAdversarialTraining(options: OneStepAdversarialTrainingOptions): Defence {
  checkKeys('oneStepAdversarialTraining', options, ['threat', 'randomStart', 'warmUp']);
  const { randomStart = false } = options;
  const threat = checkThreat('oneStepAdversarialTraining', options.threat, norms);
  const attack = defineAttack({
    card: {
      name: randomStart ? 'one-step-random-start' : 'one-step',
      norms,
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify'],
      paper: 'A unified gradient regularization family for adversarial examples (Lyu et al. 2015, arXiv 1511.06385)',
    },
    ...ascent({ steps: 1, relativeStep: 1, randomStart }, 'oneStepAdversarialTraining'),
  });
  return {
    name: `${attack.card.name}-at`,
    objective: adversarialLoss({ attack, threat, on: 'labelled', ...warmUpOf('oneStepAdversarialTraining', options) }),
  };
}
