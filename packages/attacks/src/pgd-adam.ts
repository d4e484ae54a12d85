/**
 * PGD with Adam: ascent whose steps are Adam's on the gradient, projected onto ball and box, x <- P(x + step m / sqrt(v)), m and v moving
 * means of the gradient and its square. Where gradients are noisy or change their size it goes further than steps of equal length.
 * Under linf every coordinate has a v of its own. Under l2 and l1 the example has one, of the gradient's dual norm, and the step leads along
 * steepest(m): coordinates scaled one by one would all move alike, and leave such a ball where it hurts least.
 *
 * Source of the step: "Adam: a method for stochastic optimization", D. P. Kingma, J. Ba, 2015 (arXiv 1412.6980); of its use in attacks:
 * "Adversarial risk and the dangers of evaluating against weak attacks", J. Uesato, B. O'Donoghue, A. van den Oord, P. Kohli, 2018
 * (arXiv 1802.05666).
 */
import {
  type AdversarialLoss,
  checkKeys,
  checkNumber,
  choose,
  crossEntropy,
  defineAttack,
  linf,
  perExample,
  type StepAttack,
} from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Options of `pgdAdam`. */
export interface PgdAdamOptions {
  /** One gradient evaluation each. @default 100 */
  readonly steps?: number;
  /** Adam's learning rate as a share of epsilon. @default 0.1 */
  readonly relativeStep?: number;
  /** Start at a random point of the ball rather than at the clean input. @default true */
  readonly randomStart?: boolean;
  /** What is ascended. @default crossEntropy() */
  readonly loss?: AdversarialLoss;
}

type AdamState = {
  readonly rows: {
    readonly adversarial: Tensor;
    readonly mean: Tensor;
    readonly square: Tensor;
    /** The largest slope of the first gradient that was not zero: Adam's moments are taken of gradients in this unit. */
    readonly unit: Tensor1D;
  };
};

const [beta1, beta2] = [0.9, 0.999];
const tiny = 1e-8;

/**
 * @example
 * pgdAdam({ steps: 100, relativeStep: 0.05 });
 */
export function pgdAdam(options: PgdAdamOptions = {}): StepAttack {
  checkKeys('pgd-adam', options, ['steps', 'relativeStep', 'randomStart', 'loss']);
  const { randomStart = true, loss = crossEntropy() } = options;
  const steps = checkNumber('pgd-adam', 'steps', options.steps ?? 100, { integer: true, min: 1 });
  const relativeStep = checkNumber('pgd-adam', 'relativeStep', options.relativeStep ?? 0.1, { above: 0 });
  return defineAttack<AdamState>({
    card: {
      name: 'pgd-adam',
      norms: ['linf', 'l2', 'l1'],
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify', 'target', 'change'],
      paper:
        'Adversarial risk and the dangers of evaluating against weak attacks (Uesato et al. 2018, arXiv 1802.05666), with Adam (Kingma and Ba 2015, arXiv 1412.6980)',
    },
    steps,
    init: ({ inputs, threat, noise, bounds }) => {
      const sample = (): Tensor =>
        threat.norm.project(threat.norm.sample(inputs, threat.epsilon, noise.stream('start')), inputs, threat.epsilon, bounds);
      const unit = tf.zeros([inputs.shape[0] ?? 0]) as Tensor1D;
      return { rows: { adversarial: randomStart ? sample() : inputs, mean: tf.zerosLike(inputs), square: tf.zerosLike(inputs), unit } };
    },
    step: ({ rows }, { oracle, threat, inputs, bounds }, { index }) => {
      const { gradient } = oracle.ascent(rows.adversarial, loss);
      // In float32 the squares of a confident model's gradients are zero, however large they are beside one another.
      const isFirst = tf.cast(tf.equal(rows.unit, 0), 'float32') as Tensor1D;
      const unit = choose(isFirst, linf().size(gradient), rows.unit);
      const scaled = tf.div(gradient, perExample(tf.add(unit, tf.cast(tf.equal(unit, 0), 'float32')) as Tensor1D, gradient));
      const mean = tf.add(tf.mul(rows.mean, beta1), tf.mul(scaled, 1 - beta1));
      const coordinates = threat.norm.name === 'linf';
      const sizes = coordinates ? scaled : tf.mul(tf.onesLike(scaled), perExample(threat.norm.dualSize(scaled), scaled));
      const square = tf.add(tf.mul(rows.square, beta2), tf.mul(tf.square(sizes), 1 - beta2));
      const deviation = tf.add(tf.sqrt(tf.div(square, 1 - beta2 ** (index + 1))), tiny);
      const upward = coordinates
        ? mean
        : tf.mul(threat.norm.steepest(mean, rows.adversarial, bounds), perExample(threat.norm.dualSize(mean), mean));
      const direction = tf.div(upward, tf.mul(deviation, 1 - beta1 ** (index + 1)));
      const moved = tf.add(rows.adversarial, tf.mul(direction, relativeStep * threat.epsilon));
      return { rows: { adversarial: threat.norm.project(moved, inputs, threat.epsilon, bounds), mean, square, unit } };
    },
  });
}
