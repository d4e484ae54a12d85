/**
 * N-FGSM: one sign step on top of strong noise, with no projection onto the ball: x' = x + u + step * sign(grad l(x + u)),
 * u ~ U(-k epsilon, k epsilon), k = 2, step = epsilon; then mean l(x').
 *
 * Source: "Make some noise: reliable and efficient single-step adversarial training", P. de Jorge, A. Bibi, R. Volpi,
 * A. Sanyal, P. H. S. Torr, G. Rogez, P. K. Dokania, 2022 (arXiv 2202.01181).
 */
import {
  checkKeys,
  checkNumber,
  clipToBox,
  crossEntropy,
  type Defence,
  defineAttack,
  type StepAttack,
  signOf,
  type ThreatModel,
} from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { adversarialLoss } from './adversarial-training';
import { checkThreat } from './check-threat';
import { type WarmUpOptions, warmUpOf } from './warm-up';

/** Options of `nFgsm`: the ball, the noise before the step, and the step. */
export interface NFgsmOptions extends WarmUpOptions {
  /** linf. The examples trained on are as far as (k + 1) epsilon from the data: `epsilon` is the budget to be robust to. */
  readonly threat: ThreatModel;
  /** k: half the width of the noise, as a multiple of epsilon. @default 2 */
  readonly noise?: number;
  /** The step as a share of epsilon. @default 1 */
  readonly relativeStep?: number;
}

/**
 * What the paper trains with, in units of inputs in [0, 1]; for SVHN epsilon and step grow from 0 over the first 5 of 30
 * epochs, and the noise is 3 epsilon at epsilon 12/255.
 */
export const nFgsmSettings: Readonly<
  Record<
    'cifar10' | 'cifar100' | 'svhn',
    { readonly norm: 'linf'; readonly epsilon: number; readonly noise: number; readonly step: number }
  >
> = {
  cifar10: { norm: 'linf', epsilon: 8 / 255, noise: 2, step: 8 / 255 },
  cifar100: { norm: 'linf', epsilon: 8 / 255, noise: 2, step: 8 / 255 },
  svhn: { norm: 'linf', epsilon: 8 / 255, noise: 2, step: 8 / 255 },
};

/**
 * Two gradient evaluations an example and step. The noise and the end are clipped to the box, as in the authors' code, and
 * never to the ball: leaving it is the method. The step is taken in inference mode; the authors take it in training mode.
 *
 * @example
 * nFgsm({ threat: { norm: linf(), epsilon: 8 / 255 } });
 */
export function nFgsm(options: NFgsmOptions): Defence {
  checkKeys('nFgsm', options, ['threat', 'noise', 'relativeStep', 'warmUp']);
  const threat = checkThreat('nFgsm', options.threat, ['linf']);
  const noise = checkNumber('nFgsm', 'noise', options.noise ?? 2, { min: 0 });
  const relativeStep = checkNumber('nFgsm', 'relativeStep', options.relativeStep ?? 1, { above: 0 });
  return {
    name: 'n-fgsm-at',
    objective: adversarialLoss({ attack: noisyStep(noise, relativeStep), threat, on: 'labelled', ...warmUpOf('nFgsm', options) }),
  };
}

/** Of this defence alone: no attack, since its result lies outside the ball and `perturb` would refuse it. */
function noisyStep(width: number, relativeStep: number): StepAttack {
  const loss = crossEntropy();
  return defineAttack({
    card: {
      name: 'n-fgsm',
      norms: ['linf'],
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify'],
      paper: 'Make some noise: reliable and efficient single-step adversarial training (de Jorge et al. 2022, arXiv 2202.01181)',
    },
    steps: 1,
    init: ({ inputs, threat, noise, bounds }) => {
      const drawn = noise.stream('start').uniform(inputs.shape.slice(1), [-1, 1]);
      return { rows: { adversarial: clipToBox(tf.add(inputs, tf.mul(drawn, width * threat.epsilon)), bounds) } };
    },
    step: ({ rows: { adversarial } }, { oracle, threat, bounds }) => {
      const { gradient } = oracle.ascent(adversarial, loss);
      return { rows: { adversarial: clipToBox(tf.add(adversarial, tf.mul(signOf(gradient), relativeStep * threat.epsilon)), bounds) } };
    },
  });
}
