/**
 * Adversarial logit pairing: mean l(x') + weight * mean |z(x) - z(x')|^2 / classes, z the logits. The pairing is the mean
 * over the batch and over the classes, as in the authors' code; both sides of it are differentiated.
 *
 * Source: "Adversarial logit pairing", H. Kannan, A. Kurakin, I. Goodfellow, 2018 (arXiv 1803.06373). Its robustness on
 * ImageNet did not stand: "Evaluating and understanding the robustness of adversarial logit pairing", L. Engstrom, A. Ilyas,
 * A. Athalye, 2018 (arXiv 1807.10272). Judge it by strong attacks.
 */
import {
  type Adversary,
  checkKeys,
  checkNumber,
  cleanLoss,
  type Defence,
  expected,
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
import { adversarialLoss } from './adversarial-training';
import { checkAttack } from './check-attack';
import { type WarmUpOptions, warmUpOf } from './warm-up';

/** Options of `alp`: the adversary, and the weight of the pairing. */
export interface AlpOptions extends WarmUpOptions {
  /** Who finds x'. */
  readonly attack: StepAttack;
  readonly threat: ThreatModel;
  /** Weight of the pairing, or a schedule of it. @default 0.5 */
  readonly weight?: number | Schedule;
  /** Share of the clean loss, the adversarial one has the rest: 0.5 is the mixed minibatch of the authors' code. @default 0 */
  readonly cleanShare?: number;
}

/** An example in the authors' code: ImageNet at 64x64, inputs in [0, 1], budget 16/255, step 2/255, PGD towards the least likely class. */
export const alpSettings = {
  imagenet64: { norm: 'linf', epsilon: 0.06274509803921569, steps: 10, step: 0.00784313725490196, weight: 0.5, cleanShare: 0.5 },
} as const;

/**
 * That of the attack + 2 gradient evaluations an example and step, whatever the share of the clean loss.
 *
 * @example
 * alp({ attack: pgd({ steps: 40, step: 0.01 }), threat: { norm: linf(), epsilon: 0.3 } });
 */
export function alp(options: AlpOptions): Defence {
  checkKeys('alp', options, ['attack', 'threat', 'weight', 'cleanShare', 'warmUp']);
  const { attack, threat, weight = 0.5 } = options;
  checkAttack('alp', attack, threat);
  if (typeof weight === 'number') checkNumber('alp', 'weight', weight, { min: 0 });
  const cleanShare = checkNumber('alp', 'cleanShare', options.cleanShare ?? 0, { min: 0, max: 1 });
  const adversary: Adversary = { attack, threat, on: 'labelled', ...warmUpOf('alp', options) };
  const [attacked, paired] = [adversarialLoss(adversary), scale(weight, pairingLoss(adversary))];
  return {
    name: cleanShare === 0 ? 'alp' : 'alp-mixed',
    objective: cleanShare === 0 ? sum(attacked, paired) : sum(scale(cleanShare, cleanLoss()), scale(1 - cleanShare, attacked), paired),
  };
}

/**
 * The mean squared difference of the logits of clean and adversarial examples, over batch and classes.
 *
 * @example
 * sum(adversarialLoss(adversary), scale(0.5, pairingLoss(adversary)));
 */
export function pairingLoss(adversary: Adversary): Objective<Tensor> {
  if (adversary?.on !== 'labelled') {
    throw expected('pairingLoss', 'adversary.on', "'labelled'", adversary?.on, 'It pairs the examples that the other terms see.');
  }
  return {
    name: 'pairing-loss',
    terms: ['pairing'],
    adversaries: [adversary],
    prepare: (context) => context.adversarial(adversary),
    evaluate: ({ model, labelled }, adversarial) => {
      const [clean, attacked] = logitsTogether(model, [labelled.inputs, adversarial], { mode: 'training' });
      return { pairing: tf.mean(tf.square(tf.sub(clean!, attacked!))) as Scalar };
    },
  };
}
