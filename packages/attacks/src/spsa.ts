/**
 * SPSA: gradient ascent on slopes that are guessed from pairs of scores; needs no gradients. With v = +-1 in every coordinate:
 * g = mean over pairs of (f(x + delta v) - f(x - delta v)) / (2 delta) v, f the margin; x <- P(x + Adam(g)).
 *
 * Source: "Adversarial risk and the dangers of evaluating against weak attacks", J. Uesato, B. O'Donoghue, A. van den Oord, P. Kohli,
 * 2018 (arXiv 1802.05666). Public implementations share one v among all images of a batch: here every image has its own.
 */
import { checkKeys, checkNumber, defineAttack, expected, margin, perExample, type StepAttack } from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Options of `spsa`. Forward passes per example: `steps` times one more than `samples`. */
export interface SpsaOptions {
  /** Steps of Adam. @default 100 */
  readonly steps?: number;
  /** Scores that a slope is guessed from, two for each pair. @default 128 */
  readonly samples?: number;
  /** How far the points of a pair lie from the middle, in every coordinate. @default 0.01 */
  readonly delta?: number;
  /** Rate of Adam: about what a coordinate moves in a step. @default 0.01 */
  readonly rate?: number;
}

type SpsaState = {
  readonly rows: {
    readonly adversarial: Tensor;
    /** Sum over the pairs of this step so far. */
    readonly slope: Tensor;
    /** Moving averages of the slope and of its square. */
    readonly mean: Tensor;
    readonly square: Tensor;
  };
};

/** The usual constants of Adam. */
const decay = { mean: 0.9, square: 0.999, tiny: 1e-8 };

/**
 * @example
 * spsa({ steps: 100, samples: 128 });
 */
export function spsa(options: SpsaOptions = {}): StepAttack {
  checkKeys('spsa', options, ['steps', 'samples', 'delta', 'rate']);
  const steps = checkNumber('spsa', 'steps', options.steps ?? 100, { integer: true, min: 1 });
  const samples = checkNumber('spsa', 'samples', options.samples ?? 128, { integer: true, min: 2 });
  if (samples % 2 === 1) throw expected('spsa', 'samples', 'an even number, two for each pair', samples);
  const delta = checkNumber('spsa', 'delta', options.delta ?? 0.01, { above: 0 });
  const rate = checkNumber('spsa', 'rate', options.rate ?? 0.01, { above: 0 });
  const pairs = samples / 2;
  const score = margin();
  return defineAttack<SpsaState>({
    card: {
      name: 'spsa',
      norms: ['linf'],
      budget: 'fixed',
      access: 'logits',
      goals: ['misclassify', 'target', 'change'],
      paper: 'Adversarial risk and the dangers of evaluating against weak attacks (Uesato et al. 2018, arXiv 1802.05666)',
    },
    // A turn of the driver is one pair: what is fooled on the way leaves the batch at once.
    steps: steps * pairs,
    init: ({ inputs }) => {
      const nothing = tf.zerosLike(inputs);
      return { rows: { adversarial: inputs, slope: nothing, mean: nothing, square: nothing } };
    },
    step: ({ rows }, problem, { index }) => {
      const { oracle, inputs, noise, threat, bounds } = problem;
      const x = rows.adversarial;
      const direction = noise.stream('pair', index).signs(inputs.shape.slice(1));
      const [up, down] = [1, -1].map((side) => score(oracle.logits(tf.add(x, tf.mul(direction, side * delta))), problem));
      const rise = tf.div(tf.sub(up!, down!), 2 * delta);
      // One pair without a number would spoil every later step.
      const known = tf.where(tf.isFinite(rise), rise, tf.zerosLike(rise));
      const slope = tf.add(rows.slope, tf.mul(direction, perExample(known as Tensor1D, x)));
      if ((index + 1) % pairs !== 0) return { rows: { ...rows, slope } };

      const step = (index + 1) / pairs;
      const guess = tf.div(slope, pairs);
      const mean = tf.add(tf.mul(rows.mean, decay.mean), tf.mul(guess, 1 - decay.mean));
      const square = tf.add(tf.mul(rows.square, decay.square), tf.mul(tf.square(guess), 1 - decay.square));
      const spread = tf.add(tf.sqrt(tf.div(square, 1 - decay.square ** step)), decay.tiny);
      const move = tf.div(tf.mul(mean, rate / (1 - decay.mean ** step)), spread);
      const next = threat.norm.project(tf.add(x, move), inputs, threat.epsilon, bounds);
      // The points of pairs lie beside the iterates: these are shown to the oracle on their own.
      oracle.logits(next);
      return { rows: { adversarial: next, slope: tf.zerosLike(slope), mean, square } };
    },
  });
}
