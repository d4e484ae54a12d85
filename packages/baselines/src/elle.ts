/**
 * ELLE: adversarial training with one step from the clean input, and a loss that is to be straight on random chords of the
 * ball: mean l(x + epsilon steepest(g(x))) + weight * mean ( l(x_c) - (1 - a) l(x_a) - a l(x_b) )^2,
 * x_c = (1 - a) x_a + a x_b, x_a and x_b uniform in the ball, a uniform in [0, 1].
 *
 * Source: "Efficient local linearity regularization to overcome catastrophic overfitting", E. Abad Rocamora, F. Liu,
 * G. G. Chrysos, P. M. Olmos, V. Cevher, 2024 (arXiv 2401.11618).
 */
import {
  ascent,
  checkKeys,
  checkNumber,
  crossEntropyOf,
  type Defence,
  defineAttack,
  type Objective,
  perExample,
  type Schedule,
  scale,
  sum,
  type ThreatModel,
} from '@groundstate/core';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { adversarialLoss } from './adversarial-training';
import { checkThreat } from './check-threat';
import { type ExampleLoss, lossesAt } from './input-gradients';
import { type WarmUpOptions, warmUpOf } from './warm-up';

/** Options of `elle`: the ball, and the weight of the error on its chords. */
export interface ElleOptions extends WarmUpOptions {
  /** The paper's is linf. */
  readonly threat: ThreatModel;
  /** Of the squared error, or a schedule of it. @default 1000 */
  readonly weight?: number | Schedule;
}

/** What the authors' code trains with, in units of inputs in [0, 1]; 5000 from 10/255 on, 10000 from 22/255 on. */
export const elleSettings: Readonly<Record<'cifar10', { readonly norm: 'linf'; readonly epsilon: number; readonly weight: number }>> = {
  cifar10: { norm: 'linf', epsilon: 8 / 255, weight: 1000 },
};

const norms = ['linf', 'l2', 'l1'];

/**
 * Five gradient evaluations an example and step, all of first order: the step, the adversarial example and the three points
 * of the chord, which are not clipped to the box.
 *
 * @example
 * elle({ threat: { norm: linf(), epsilon: 8 / 255 }, weight: 1000 });
 */
export function elle(options: ElleOptions): Defence {
  checkKeys('elle', options, ['threat', 'weight', 'warmUp']);
  const { weight = 1000 } = options;
  const threat = checkThreat('elle', options.threat, norms);
  if (typeof weight === 'number') checkNumber('elle', 'weight', weight, { min: 0 });
  const grown = warmUpOf('elle', options);
  const attack = defineAttack({
    card: {
      name: 'one-step-from-clean',
      norms,
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify'],
      paper: 'Efficient local linearity regularization to overcome catastrophic overfitting (Abad Rocamora et al. 2024, arXiv 2401.11618)',
    },
    ...ascent({ steps: 1, relativeStep: 1, randomStart: false }, 'elle'),
  });
  return {
    name: 'elle',
    objective: sum(adversarialLoss({ attack, threat, on: 'labelled', ...grown }), scale(weight, chordError({ threat, ...grown }))),
  };
}

type Chord = { readonly from: Tensor; readonly to: Tensor; readonly between: Tensor; readonly share: Tensor1D };

/**
 * The mean squared error of linear interpolation on a random chord of the ball, alone. In inference mode where the model
 * has batch statistics.
 *
 * @example
 * sum(adversarialLoss(adversary), scale(1000, chordError({ threat })));
 */
export function chordError(options: { readonly threat: ThreatModel } & WarmUpOptions): Objective<Chord> {
  checkKeys('chordError', options, ['threat', 'warmUp']);
  const { norm, epsilon } = checkThreat('chordError', options.threat, norms);
  const { warmUp = () => 1 } = warmUpOf('chordError', options);
  return {
    name: `chord-error within ${norm.name} ${epsilon}`,
    terms: ['chordError'],
    prepare: ({ labelled: { inputs, noise }, progress }) => {
      const radius = epsilon * warmUp(progress);
      const [from, to] = ['from', 'to'].map((end) => norm.sample(inputs, radius, noise.stream('elle', end)));
      const share = tf.reshape(noise.stream('elle', 'share').uniform([1]), [-1]) as Tensor1D;
      const between = tf.add(from!, tf.mul(tf.sub(to!, from!), perExample(share, inputs)));
      return { from: from!, to: to!, between, share };
    },
    evaluate: (context, { from, to, between, share }) => {
      const loss: ExampleLoss = (logits) => crossEntropyOf(logits, context.labelled.labels);
      const [start, end, middle] = lossesAt(context, [from, to, between], loss);
      const straight = tf.add(start!, tf.mul(tf.sub(end!, start!), share));
      return { chordError: tf.mean(tf.square(tf.sub(middle!, straight))) as Scalar };
    },
  };
}
