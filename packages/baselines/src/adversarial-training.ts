/**
 * Adversarial training: the mean cross-entropy of adversarial examples found at every step, l(x + r). With PGD this is the
 * defence that has stood longest.
 *
 * Source: "Towards deep learning models resistant to adversarial attacks", A. Madry, A. Makelov, L. Schmidt, D. Tsipras,
 * A. Vladu, 2018 (arXiv 1706.06083).
 */
import {
  type Adversary,
  checkKeys,
  crossEntropyOf,
  type Defence,
  expected,
  type Objective,
  type StepAttack,
  type ThreatModel,
} from '@groundstate/core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkAttack } from './check-attack';
import { type WarmUpOptions, warmUpOf } from './warm-up';

/**
 * The mean cross-entropy at the adversary's examples, one gradient evaluation beside the adversary's own.
 *
 * @example
 * adversarialLoss({ attack, threat, on: 'labelled' });
 */
export function adversarialLoss(adversary: Adversary): Objective<Tensor> {
  if (adversary.on !== 'labelled')
    throw expected('adversarialLoss', 'adversary.on', "'labelled'", adversary.on, 'Cross-entropy needs labels.');
  return {
    name: 'adversarial-loss',
    terms: ['adversarialLoss'],
    adversaries: [adversary],
    prepare: (context) => context.adversarial(adversary),
    evaluate: ({ model, labelled }, adversarial) => ({
      adversarialLoss: tf.mean(crossEntropyOf(model.logits(adversarial, { mode: 'training' }), labelled.labels)) as Scalar,
    }),
  };
}

/**
 * The attack is an argument, so that every defence of a comparison visibly faces the same adversary. The paper's own for
 * MNIST: linf 0.3, PGD with 40 steps of 0.01; for CIFAR-10: linf 8/255, 10 steps of 2/255; random starts.
 *
 * @example
 * adversarialTraining({ attack: pgd({ steps: 7 }), threat: { norm: l2(), epsilon: 2 } });
 */
export function adversarialTraining(options: { readonly attack: StepAttack; readonly threat: ThreatModel } & WarmUpOptions): Defence {
  checkKeys('adversarialTraining', options, ['attack', 'threat', 'warmUp']);
  const { attack, threat } = options;
  checkAttack('adversarialTraining', attack, threat);
  const adversary: Adversary = { attack, threat, on: 'labelled', ...warmUpOf('adversarialTraining', options) };
  return { name: `${attack.card.name}-at`, objective: adversarialLoss(adversary) };
}
