/**
 * TRADES: cross-entropy where the data is, stability around it: mean l(x) + beta * mean KL(p(x) || p(x')), where x' climbs
 * that divergence inside the ball: x <- P(x + step * steepest(grad KL)) from x + 0.001 N(0, 1).
 *
 * Source: "Theoretically principled trade-off between robustness and accuracy", H. Zhang, Y. Yu, J. Jiao, E. P. Xing,
 * L. El Ghaoui, M. I. Jordan, 2019 (arXiv 1901.08573). The outer divergence moves p(x) too, as in the authors' code.
 */
import {
  type Adversary,
  type AscentOptions,
  ascent,
  checkKeys,
  checkNumber,
  cleanLoss,
  type Defence,
  defineAttack,
  expected,
  kl,
  klOf,
  logitsTogether,
  type Objective,
  type Schedule,
  type StepAttack,
  scale,
  sum,
  type ThreatModel,
} from '@groundstate/core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkThreat } from './check-threat';
import { type WarmUpOptions, warmUpOf } from './warm-up';

/** Options of `trades`: the ball, the weight of the divergence, and its ascent. */
export interface TradesOptions extends WarmUpOptions {
  /** The ball in which the prediction is to be stable. */
  readonly threat: ThreatModel;
  /** Weight of the divergence (1 / lambda in the paper), or a schedule of it. @default 6 */
  readonly beta?: number | Schedule;
  /** Steps of the ascent; one gradient evaluation each. @default 10 */
  readonly steps?: number;
  /** The step in input units; while the ball is smaller, in proportion. @default 2.5 * epsilon / steps */
  readonly step?: number;
}

/** What the paper trains with. Inputs in [0, 1]; the batch is 128 in both, SGD with momentum 0.9. */
export const tradesSettings = {
  mnist: { norm: 'linf', epsilon: 0.3, steps: 40, step: 0.01, beta: 1 },
  cifar10: { norm: 'linf', epsilon: 0.031, steps: 10, step: 0.007, beta: 6 },
} as const;

const norms = ['linf', 'l2', 'l1'];
/** The authors' constant, in input units: at x itself the divergence has no gradient. */
const startScale = 0.001;

/**
 * `steps` + 2 gradient evaluations an example and step: the ascent in inference mode, then the clean and the adversarial
 * examples in training mode.
 *
 * @example
 * trades({ threat: { norm: linf(), epsilon: 0.3 }, beta: 1, steps: 40, step: 0.01 });
 */
export function trades(options: TradesOptions): Defence {
  checkKeys('trades', options, ['threat', 'beta', 'steps', 'step', 'warmUp']);
  const threat = checkThreat('trades', options.threat, norms);
  const { beta = 6, steps = 10, step } = options;
  if (typeof beta === 'number') checkNumber('trades', 'beta', beta, { min: 0 });
  const grown = warmUpOf('trades', options);
  const attack = divergenceAscent({ steps, ...stepOf(step, grown.warmUp ? threat.epsilon : 0) });
  const adversary: Adversary = { attack, threat, on: 'labelled', ...grown };
  return { name: 'trades', objective: sum(cleanLoss(), scale(beta, divergenceLoss(adversary))) };
}

/**
 * mean KL(p(x) || p(x')) at the examples of any adversary, differentiated through both predictions. One gradient
 * evaluation beside the adversary's own and the clean one, which is shared.
 *
 * @example
 * sum(cleanLoss(), scale(6, divergenceLoss({ attack: pgd({ steps: 10 }), threat, on: 'labelled' })));
 */
export function divergenceLoss(adversary: Adversary): Objective<Tensor> {
  if (adversary?.on !== 'labelled') {
    throw expected(
      'divergenceLoss',
      'adversary.on',
      "'labelled'",
      adversary?.on,
      'For unlabelled examples there is virtualAdversarialLoss.',
    );
  }
  return {
    name: 'divergence-loss',
    terms: ['divergence'],
    adversaries: [adversary],
    prepare: (context) => context.adversarial(adversary),
    evaluate: ({ model, labelled }, adversarial) => {
      const [clean, attacked] = logitsTogether(model, [labelled.inputs, adversarial], { mode: 'training' });
      return { divergence: tf.mean(klOf(clean!, attacked!)) as Scalar };
    },
  };
}

/** The authors start outside the box where x is at its edge and let the first step bring it back; here the start is projected. */
function divergenceAscent(options: Pick<AscentOptions, 'steps' | 'step' | 'relativeStep'>): StepAttack {
  return defineAttack({
    card: {
      name: 'trades-ascent',
      norms,
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify', 'change'],
      paper: 'Theoretically principled trade-off between robustness and accuracy (Zhang et al. 2019, arXiv 1901.08573)',
    },
    ...ascent({ ...options, loss: kl() }, 'trades'),
    init: ({ inputs, threat, noise, bounds }) => {
      const start = tf.add(inputs, tf.mul(noise.stream('start').normal(inputs.shape.slice(1)), startScale));
      return { rows: { adversarial: threat.norm.project(start, inputs, threat.epsilon, bounds) } };
    },
  });
}

/** In input units where the ball stays as it is, and as a share of a ball that grows to this epsilon. */
function stepOf(step: number | undefined, growingTo: number): Pick<AscentOptions, 'step' | 'relativeStep'> {
  if (step === undefined) return {};
  return growingTo > 0 ? { relativeStep: checkNumber('trades', 'step', step, { above: 0 }) / growingTo } : { step };
}
