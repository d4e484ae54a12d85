/**
 * Training on clean examples and on those of the fast gradient sign method: alpha l(x) + (1 - alpha) l(x + r),
 * r = epsilon sign(grad l(x)). Nothing is differentiated through r.
 *
 * Source: "Explaining and harnessing adversarial examples", I. J. Goodfellow, J. Shlens, C. Szegedy, 2015 (arXiv 1412.6572).
 */
import {
  ascent,
  checkKeys,
  checkNumber,
  cleanLoss,
  type Defence,
  defineAttack,
  expected,
  linf,
  scale,
  sum,
  type ThreatModel,
} from '@groundstate/core';
import { adversarialLoss } from './adversarial-training';
import { checkThreat } from './check-threat';
import { type WarmUpOptions, warmUpOf } from './warm-up';

/** Options of `fgsmAdversarialTraining`: the ball, and the share of the clean loss. */
export interface FgsmAdversarialTrainingOptions extends WarmUpOptions {
  /** The linf ball; the other norms take their own steepest step. Either this or `epsilon`. */
  readonly threat?: ThreatModel;
  /** Short for `threat: { norm: linf(), epsilon }`. */
  readonly epsilon?: number;
  /** alpha, the share of the clean loss; 0 leaves it out. @default 0.5 */
  readonly cleanShare?: number;
}

/** What the paper trains with: a maxout network on MNIST in [0, 1]. */
export const fgsmSettings = {
  mnist: { norm: 'linf', epsilon: 0.25, cleanShare: 0.5 },
} as const;

const norms = ['linf', 'l2'];

/**
 * Three gradient evaluations an example and step, two without the clean loss. With `cleanShare` 0 and one norm this is
 * `oneStepAdversarialTraining` of the clean start, and collapses as that does.
 *
 * @example
 * fgsmAdversarialTraining({ epsilon: 0.25 });
 */
export function fgsmAdversarialTraining(options: FgsmAdversarialTrainingOptions): Defence {
  const owner = 'fgsmAdversarialTraining';
  checkKeys(owner, options, ['threat', 'epsilon', 'cleanShare', 'warmUp']);
  const { epsilon } = options;
  if ((options.threat === undefined) === (epsilon === undefined)) {
    throw expected(owner, 'threat', 'given, or else `epsilon`, but not both', options.threat ?? options.epsilon);
  }
  const threat = checkThreat(owner, options.threat ?? { norm: linf(), epsilon: epsilon! }, norms);
  const cleanShare = checkNumber(owner, 'cleanShare', options.cleanShare ?? 0.5, { min: 0, max: 1 });
  const attack = defineAttack({
    card: {
      name: 'fgsm',
      norms,
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify'],
      paper: 'Explaining and harnessing adversarial examples (Goodfellow et al. 2015, arXiv 1412.6572)',
    },
    ...ascent({ steps: 1, relativeStep: 1, randomStart: false }, owner),
  });
  const attacked = adversarialLoss({ attack, threat, on: 'labelled', ...warmUpOf(owner, options) });
  const objective = cleanShare === 0 ? attacked : sum(scale(cleanShare, cleanLoss()), scale(1 - cleanShare, attacked));
  return { name: cleanShare === 0 ? 'fgsm-at' : 'fgsm-at-mixed', objective };
}
