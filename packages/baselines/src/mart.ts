/**
 * MART: adversarial training that minds which examples are misclassified when clean,
 * mean BCE(x') + beta * mean KL(p(x) || p(x')) (1 - p_y(x)), BCE(x') = -log p_y(x') - log(1 - max_{k != y} p_k(x')).
 *
 * Source: "Improving adversarial robustness requires revisiting misclassified examples", Y. Wang, D. Zou, J. Yi, J. Bailey,
 * X. Ma, Q. Gu, 2020 (ICLR 2020). Gradients flow through every factor, as in the authors' code; the constants that code
 * adds to keep its logarithms finite (1e-4 inside the second) are not needed here, where both are computed from logits.
 */
import {
  type Adversary,
  checkKeys,
  checkNumber,
  crossEntropyOf,
  type Defence,
  expected,
  holdConstant,
  klOf,
  logitsTogether,
  type Objective,
  type Schedule,
  type StepAttack,
  scheduled,
  type ThreatModel,
} from '@groundstate/core';
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkAttack } from './check-attack';
import { type WarmUpOptions, warmUpOf } from './warm-up';

/** Options of `mart`: the adversary, and the weight of the divergence. */
export interface MartOptions extends WarmUpOptions {
  /** Who finds x'. The paper: PGD on the cross-entropy, 10 steps. */
  readonly attack: StepAttack;
  readonly threat: ThreatModel;
  /** Weight of the divergence (lambda in the paper), or a schedule of it. @default 6 */
  readonly beta?: number | Schedule;
}

/** What the authors' code trains with: beta 5 for ResNet-18, 6 for WideResNet-34-10. Inputs in [0, 1]; start x + 0.001 N(0, 1). */
export const martSettings = {
  cifar10: { norm: 'linf', epsilon: 0.031, steps: 10, step: 0.007, beta: 5 },
  cifar10Wide: { norm: 'linf', epsilon: 0.031, steps: 10, step: 0.007, beta: 6 },
} as const;

/**
 * That of the attack + 2 gradient evaluations an example and step.
 *
 * @example
 * mart({ attack: pgd({ steps: 10, step: 0.007 }), threat: { norm: linf(), epsilon: 0.031 } });
 */
export function mart(options: MartOptions): Defence {
  checkKeys('mart', options, ['attack', 'threat', 'beta', 'warmUp']);
  const { attack, threat, beta = 6 } = options;
  checkAttack('mart', attack, threat);
  return { name: 'mart', objective: martLoss({ attack, threat, on: 'labelled', ...warmUpOf('mart', options) }, beta) };
}

/**
 * Both terms of MART for any adversary of the labelled examples.
 *
 * @example
 * martLoss({ attack, threat, on: 'labelled' }, 6);
 */
export function martLoss(adversary: Adversary, beta: number | Schedule = 6): Objective<Tensor> {
  if (adversary?.on !== 'labelled') {
    throw expected('martLoss', 'adversary.on', "'labelled'", adversary?.on, 'Whether an example is misclassified needs its label.');
  }
  if (typeof beta === 'number') checkNumber('mart', 'beta', beta, { min: 0 });
  else if (typeof beta !== 'function') throw expected('mart', 'beta', 'a number or a schedule', beta);
  const weight = scheduled(beta);
  return {
    name: 'mart-loss',
    terms: ['boostedLoss', 'misclassifiedDivergence'],
    adversaries: [adversary],
    prepare: (context) => context.adversarial(adversary),
    evaluate: ({ model, labelled, progress }, adversarial) => {
      const hot = tf.cast(tf.oneHot(tf.cast(labelled.labels, 'int32'), model.classes), 'float32') as Tensor2D;
      const [clean, attacked] = logitsTogether(model, [labelled.inputs, adversarial], { mode: 'training' }) as [Tensor2D, Tensor2D];
      // 1 - p_y as a sum of the others: it keeps its digits where p_y rounds to 1.
      const doubt = tf.sum(tf.mul(tf.softmax(clean), tf.sub(1, hot)), 1);
      const boosted = tf.add(crossEntropyOf(attacked, labelled.labels), strongestRivalLoss(attacked, hot));
      const divergence = tf.mean(tf.mul(klOf(clean, attacked), doubt));
      return { boostedLoss: tf.mean(boosted) as Scalar, misclassifiedDivergence: tf.mul(divergence, weight(progress)) as Scalar };
    },
  };
}

/** Far below any logit, yet finite: infinity times zero would be NaN. */
const excluded = 1e30;

/** -log(1 - p_k) of the largest other class k: log(1 + exp(z_k - log sum_{j != k} exp z_j)), finite however sure the model is. */
function strongestRivalLoss(logits: Tensor2D, hot: Tensor2D): Tensor1D {
  const rival = holdConstant(logits, (z) => {
    const others = tf.sub(z, tf.mul(hot, excluded));
    return tf.cast(tf.oneHot(tf.cast(tf.argMax(others, 1), 'int32'), z.shape[1]!), 'float32');
  });
  const rest = tf.sub(logits, tf.mul(rival, excluded));
  const shift = holdConstant(rest, (z) => tf.max(z, 1, true));
  const total = tf.add(tf.log(tf.sum(tf.exp(tf.sub(rest, shift)), 1)), tf.reshape(shift, [-1]));
  return tf.softplus(tf.sub(tf.sum(tf.mul(logits, rival), 1), total)) as Tensor1D;
}
