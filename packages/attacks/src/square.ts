/**
 * Square: random search with square-shaped changes that use the whole budget; needs scores, no gradients. What it breaks
 * and gradients do not is a sign of masked gradients.
 * linf: x <- P(x_best + 2 epsilon s) on a window, s = +-1 per channel. l2: mass moves between two windows along a fixed pattern.
 * A change stays where the margin rises.
 *
 * Source: "Square attack: a query-efficient black-box adversarial attack via random search", M. Andriushchenko, F. Croce,
 * N. Flammarion, M. Hein, 2020 (arXiv 1912.00049). Differences from the authors' code: windows and signs are drawn for each
 * example, not for the batch; a window may lie at the last row and column too; images need not be square.
 */
import {
  type AttackProblem,
  checkKeys,
  checkNumber,
  choose,
  clipToBox,
  defineAttack,
  euclidean,
  expected,
  margin,
  type Noise,
  perExample,
  type StepAttack,
} from '@groundstate/core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { l2Pattern, layPattern, placeWindows, shareAt, windowSize } from './square-windows';

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

const tiny = 1e-12;

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
      norms: ['linf', 'l2'],
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

type Images = Pick<AttackProblem, 'bounds'> & {
  readonly clean: Tensor4D;
  readonly epsilon: number;
  readonly size: readonly [number, number, number];
};

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

const linf = {
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

/** The Euclidean length of every channel of every example, `[n, 1, 1, channels]`. */
const channelLength = (delta: Tensor): Tensor => tf.sqrt(tf.sum(tf.square(delta), [1, 2], true));

/** At the distance epsilon along `delta`, then into the box. */
function atBudget(delta: Tensor, { clean, epsilon, bounds }: Images): Tensor {
  const stretch = tf.div(epsilon, tf.maximum(euclidean(delta), tiny)) as Tensor1D;
  return clipToBox(tf.add(clean, tf.mul(delta, perExample(stretch, delta))), bounds);
}

const l2 = {
  /** Five by five tiles of the pattern, each with a sign of its own per channel. */
  start: (images: Images, noise: Noise): Tensor => {
    const [height, width, channels] = images.size;
    const side = Math.max(1, Math.floor(Math.min(height, width) / 5));
    const [down, across] = [Math.min(5, Math.floor(height / side)), Math.min(5, Math.floor(width / side))];
    const pattern = l2Pattern(side);
    const tile = (i: number, j: number): number => pattern[(i % side) * side + (j % side)]!;
    const canvas = Float32Array.from({ length: down * side * across * side }, (_, k) =>
      tile(Math.floor(k / (across * side)), k % (across * side)),
    );
    const signs = tf.reshape(noise.signs([down, 1, across, 1, channels]), [-1, down, 1, across, 1, channels]);
    const spread = tf.tile(signs, [1, 1, side, 1, side, 1]);
    const tiles = tf.mul(
      tf.tensor(canvas, [1, down * side, across * side, 1]),
      tf.reshape(spread, [-1, down * side, across * side, channels]),
    );
    const [top, left] = [Math.floor((height - down * side) / 2), Math.floor((width - across * side) / 2)];
    const margins: [number, number][] = [
      [0, 0],
      [top, height - down * side - top],
      [left, width - across * side - left],
      [0, 0],
    ];
    return atBudget(tf.pad(tiles, margins), images);
  },
  propose: (best: Tensor, images: Images, share: number, noise: Noise): Tensor => {
    const [height, width, channels] = images.size;
    const side = oddSide(share, height, width);
    const delta = tf.sub(best, images.clean);
    const into = placeWindows(noise.stream('into'), [side, side], height, width);
    const from = placeWindows(noise.stream('from'), [side, side], height, width);
    const touched = tf.sub(tf.add(into.mask, from.mask), tf.mul(into.mask, from.mask));
    const pattern = layPattern(l2Pattern(side), side, into, noise.stream('turn').signs([1, 1, 1]));
    const old = tf.mul(delta, into.mask);
    const fresh = tf.mul(pattern, noise.stream('sign').signs([1, 1, channels]));
    const mixed = tf.add(fresh, tf.div(old, tf.maximum(channelLength(old), tiny)));
    // In a window of one pixel the two can cancel: the new one stands alone there, or its share of the budget would be lost.
    const shape = side === 1 ? fresh : mixed;
    const unused = tf.relu(tf.sub(images.epsilon ** 2, perExample(tf.square(euclidean(delta)) as Tensor1D, delta)));
    const mass = tf.sqrt(tf.add(tf.div(unused, channels), tf.square(channelLength(tf.mul(delta, touched)))));
    const filled = tf.mul(tf.div(shape, tf.maximum(channelLength(shape), tiny)), mass);
    return atBudget(tf.add(tf.mul(delta, tf.sub(1, touched)), filled), images);
  },
};

/** The l2 pattern needs an odd side of at least three, where the image has room for it. */
function oddSide(share: number, height: number, width: number): number {
  const limit = Math.min(height, width);
  const side = Math.max(3, Math.round(Math.sqrt(share * height * width)));
  const odd = side % 2 === 0 ? side + 1 : side;
  return odd <= limit ? odd : limit % 2 === 0 ? Math.max(1, limit - 1) : limit;
}

const forms = { linf, l2 };
