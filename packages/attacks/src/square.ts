/**
 * Square: random search with square-shaped changes that use the whole budget; needs scores, no gradients. What it breaks
 * and gradients do not is a sign of masked gradients.
 * linf: x <- P(x_best + 2 epsilon s) on a window, s = +-1 per channel. l2 and l1: mass moves between two windows along a fixed
 * pattern. A change stays where the margin rises.
 *
 * Source: "Square attack: a query-efficient black-box adversarial attack via random search", M. Andriushchenko, F. Croce,
 * N. Flammarion, M. Hein, 2020 (arXiv 1912.00049); l1: "Mind the box: l1-APGD for sparse adversarial attacks on image classifiers",
 * F. Croce, M. Hein, 2021 (arXiv 2103.01208). Differences from the authors' code: windows and signs are drawn for each
 * example, not for the batch; a window may lie at the last row and column too; images need not be square; under l1 the start
 * has the whole budget.
 */
import {
  type AttackProblem,
  checkKeys,
  checkNumber,
  choose,
  clipToBox,
  defineAttack,
  expected,
  margin,
  type Noise,
  type StepAttack,
} from '@groundstate/core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type Images, massForm, type SquareForm } from './square-mass';
import { placeWindows, shareAt, windowSize } from './square-windows';

/** Options of `square`: its queries and the size of its windows. */
export interface SquareOptions {
  /** Forward passes per example, after one at the start. @default 5000 */
  readonly queries?: number;
  /** Share of the pixels that the first windows cover. @default 0.8 */
  readonly initialShare?: number;
  /** Runs through the whole schedule of window sizes within `queries`; for small budgets. @default false, as in AutoAttack */
  readonly rescaleSchedule?: boolean;
}

type SquareState = { readonly rows: { readonly adversarial: Tensor; readonly margin: Tensor1D } };

/**
 * @example
 * square({ queries: 5000 });
 */
export function square(options: SquareOptions = {}): StepAttack {
  checkKeys('square', options, ['queries', 'initialShare', 'rescaleSchedule']);
  const queries = checkNumber('square', 'queries', options.queries ?? 5000, { integer: true, min: 1 });
  const initialShare = checkNumber('square', 'initialShare', options.initialShare ?? 0.8, { above: 0, max: 1 });
  const rescaledTo = options.rescaleSchedule ? queries : undefined;
  const score = margin();
  return defineAttack<SquareState>({
    card: {
      name: 'square',
      norms: ['linf', 'l2', 'l1'],
      budget: 'fixed',
      access: 'logits',
      goals: ['misclassify', 'target', 'change'],
      paper:
        'Square attack: a query-efficient black-box adversarial attack via random search (Andriushchenko et al. 2020, arXiv 1912.00049)',
    },
    steps: queries,
    init: (problem) => {
      const form = forms[problem.threat.norm.name as keyof typeof forms];
      const start = form.start(imagesOf(problem), problem.noise.stream('start'));
      const adversarial = tf.reshape(start, problem.inputs.shape);
      return { rows: { adversarial, margin: comparable(score(problem.oracle.logits(adversarial), problem)) } };
    },
    step: ({ rows }, problem, { index }) => {
      const form = forms[problem.threat.norm.name as keyof typeof forms];
      const images = imagesOf(problem);
      const best = tf.reshape(rows.adversarial, images.clean.shape);
      const share = shareAt(index, initialShare, rescaledTo);
      const candidate = tf.reshape(form.propose(best, images, share, problem.noise.stream('query', index)), problem.inputs.shape);
      const value = comparable(score(problem.oracle.logits(candidate), problem));
      const accepted = tf.cast(tf.greater(value, rows.margin), 'float32') as Tensor1D;
      return { rows: { adversarial: choose(accepted, candidate, rows.adversarial), margin: choose(accepted, value, rows.margin) } };
    },
  });
}

/** A margin that is no number is worse than any: compared as it is, it would let nothing else in. */
function comparable(margins: Tensor1D): Tensor1D {
  return tf.where(tf.isNaN(margins), tf.fill(margins.shape, -1e30), margins) as Tensor1D;
}

/** Inputs as `[n, height, width, channels]`; a vector counts as an image of one row, a matrix as one of one channel. */
function imagesOf({ inputs, threat, bounds }: AttackProblem): Images {
  const [n = 0, ...shape] = inputs.shape;
  if (shape.length < 1 || shape.length > 3) throw expected('square', 'inputs', 'vectors, matrices or images', inputs);
  const [height, width, channels] = shape.length === 1 ? [1, shape[0]!, 1] : [shape[0]!, shape[1]!, shape[2] ?? 1];
  return {
    clean: tf.reshape(inputs, [n, height, width, channels]) as Tensor4D,
    epsilon: threat.epsilon,
    bounds,
    size: [height, width, channels],
  };
}

const linf: SquareForm = {
  /** Vertical stripes of full strength. */
  start: ({ clean, epsilon, bounds, size: [, width, channels] }: Images, noise: Noise): Tensor =>
    clipToBox(tf.add(clean, tf.mul(noise.signs([1, width, channels]), epsilon)), bounds),
  propose: (best: Tensor, { clean, epsilon, bounds, size: [height, width, channels] }: Images, share: number, noise: Noise): Tensor => {
    const { mask } = placeWindows(noise, windowSize(share, height, width), height, width);
    const change = tf.mul(tf.mul(noise.stream('sign').signs([1, 1, channels]), 2 * epsilon), mask);
    const within = tf.add(clean, tf.clipByValue(tf.sub(tf.add(best, change), clean), -epsilon, epsilon));
    return clipToBox(within, bounds);
  },
};

const forms = { linf, l2: massForm('l2'), l1: massForm('l1') };
