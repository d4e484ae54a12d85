/**
 * Sparse l1 descent (SLIDE): steps of equal size along the steepest coordinates that the box still lets move,
 * x <- P(x + step * e / |e|_1), e = sign(g) where |g| reaches its quantile and 0 elsewhere, g = grad loss(x). The
 * steepest direction of all is one coordinate alone, and needs steps for each that it moves.
 *
 * Source: "Adversarial training and robustness for multiple perturbations", F. Tramer, D. Boneh, 2019 (arXiv 1904.13000). One difference
 * from the authors' code: P is the joint projection onto ball and box. Clipping after the ball's own gives away a part of the budget.
 */
import {
  type AdversarialLoss,
  type Bounds,
  checkKeys,
  checkNumber,
  crossEntropy,
  defineAttack,
  flatten,
  type StepAttack,
  signOf,
} from '@groundstate/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Options of `sparseL1Descent`. */
export interface SparseL1DescentOptions {
  /** One gradient evaluation each. @default 40 */
  readonly steps?: number;
  /** The step as a share of epsilon. @default 2 / steps */
  readonly relativeStep?: number;
  /** A step moves the coordinates whose slope is at or above this quantile: 0 all of them, 1 the steepest. @default 0.99 */
  readonly quantile?: number;
  /** Start at a random point of the ball rather than at the clean input. @default false */
  readonly randomStart?: boolean;
  /** What is ascended. @default crossEntropy() */
  readonly loss?: AdversarialLoss;
}

/**
 * @example
 * sparseL1Descent({ steps: 100, relativeStep: 0.05 });
 */
export function sparseL1Descent(options: SparseL1DescentOptions = {}): StepAttack {
  checkKeys('sparse-l1-descent', options, ['steps', 'relativeStep', 'quantile', 'randomStart', 'loss']);
  const { randomStart = false, loss = crossEntropy() } = options;
  const steps = checkNumber('sparse-l1-descent', 'steps', options.steps ?? 40, { integer: true, min: 1 });
  const relativeStep = checkNumber('sparse-l1-descent', 'relativeStep', options.relativeStep ?? 2 / steps, { above: 0 });
  const quantile = checkNumber('sparse-l1-descent', 'quantile', options.quantile ?? 0.99, { min: 0, max: 1 });
  return defineAttack({
    card: {
      name: 'sparse-l1-descent',
      norms: ['l1'],
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify', 'target', 'change'],
      paper: 'Adversarial training and robustness for multiple perturbations (Tramer and Boneh 2019, arXiv 1904.13000)',
    },
    steps,
    init: ({ inputs, threat: { norm, epsilon }, noise, bounds }) => ({
      rows: {
        adversarial: randomStart ? norm.project(norm.sample(inputs, epsilon, noise.stream('start')), inputs, epsilon, bounds) : inputs,
      },
    }),
    step: ({ rows: { adversarial } }, { oracle, threat: { norm, epsilon }, inputs, bounds }) => {
      const { gradient } = oracle.ascent(adversarial, loss);
      const moved = tf.add(adversarial, tf.mul(sparseDirection(gradient, adversarial, bounds, quantile), relativeStep * epsilon));
      return { rows: { adversarial: norm.project(moved, inputs, epsilon, bounds) } };
    },
  });
}

/** Of size 1, equal along its coordinates; zero where nothing may move. */
function sparseDirection(gradient: Tensor, at: Tensor, [lower, upper]: Bounds, quantile: number): Tensor {
  const slope = flatten(gradient);
  const place = flatten(at);
  const signs = signOf(slope);
  // A coordinate at its bound would take up a place among the steepest, and the projection would give its share back.
  const free = tf.logicalOr(
    tf.logicalAnd(tf.greater(signs, 0), tf.less(place, upper)),
    tf.logicalAnd(tf.less(signs, 0), tf.greater(place, lower)),
  );
  const steepness = tf.mul(tf.abs(slope), tf.cast(free, 'float32'));
  const size = slope.shape[1];
  // How many of the sorted values lie at or above an interpolated quantile.
  const count = size - Math.ceil(quantile * (size - 1));
  const threshold = tf.slice(tf.topk(steepness, count).values, [0, count - 1], [-1, 1]);
  const chosen = tf.cast(tf.logicalAnd(tf.greaterEqual(steepness, threshold), tf.greater(steepness, 0)), 'float32');
  const direction = tf.mul(signs, chosen);
  return tf.reshape(tf.div(direction, tf.maximum(tf.sum(tf.abs(direction), 1, true), 1)), gradient.shape);
}
