/**
 * JSMA, the saliency map attack: moves two coordinates at a time to the end of the box, those that raise the target's logit and lower
 * the sum of the others most. With a = d z_t / dx and b = d (sum_{k != t} z_k) / dx the pair p, q for which -(a_p + a_q)(b_p + b_q) is
 * largest, where a_p + a_q > 0 > b_p + b_q: x_p <- x_p + theta, x_q <- x_q + theta.
 *
 * Source: "The limitations of deep learning in adversarial settings", N. Papernot, P. McDaniel, S. Jha, M. Fredrikson, Z. B. Celik,
 * A. Swami, 2016 (arXiv 1511.07528). Published towards a target; without one it goes for each of the likeliest wrong classes, stops
 * at any that is not the label's, and the fewest coordinates count. Logits as they are, like the paper. Both slopes take one
 * backward pass, not one for each class.
 */
import {
  type AdversarialLoss,
  type AttackProblem,
  checkKeys,
  checkNumber,
  choose,
  clipToBox,
  defineAttack,
  expected,
  flatten,
  type Plan,
  plan,
  type StepAttack,
  sequence,
} from '@groundstate/core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { bestPair } from './best-pair';

/** Options of `jsma`: how far and how many coordinates move, and towards which classes. */
export interface JsmaOptions {
  /** How far a coordinate moves at a time, as a share of the box; below zero downwards. @default 1 */
  readonly theta?: number;
  /** Share of the coordinates that may be chosen; one that is chosen twice counts twice. @default 1 */
  readonly gamma?: number;
  /** Pairs at most, for inputs so large that `gamma` allows more. A forward pass and two gradients each. @default 2000 */
  readonly steps?: number;
  /** Where the goal is no target: the likeliest wrong classes to go for; all of them where there are fewer. @default 9 */
  readonly targets?: number;
}

/** Share of the box: coordinates nearer to its end are left alone, since they would count and change next to nothing. As in other libraries. */
const nearEnd = 0.01;

type JsmaState = { readonly rows: { readonly adversarial: Tensor; readonly done: Tensor1D } };

/**
 * The fewest coordinates that it finds, so under `l0()`. It compares all pairs of coordinates in every step, which takes the square of
 * their number in time, though not in memory.
 *
 * @example
 * const verdict = await perturb(jsma(), { model, inputs, goal: { kind: 'target', classes }, threat: { norm: l0(), epsilon: 40 }, seed: 0 });
 */
export function jsma(options: JsmaOptions = {}): Plan {
  checkKeys('jsma', options, ['theta', 'gamma', 'steps', 'targets']);
  const targets = checkNumber('jsma', 'targets', options.targets ?? 9, { integer: true, min: 1 });
  const { card } = jsmaTowards('jsma', 2, options);
  return plan({
    card,
    plan: ({ classes }) => {
      const count = Math.min(targets, classes - 1);
      const members = Array.from({ length: count }, (_, i) => jsmaTowards(`jsma-${i + 1}`, i + 2, options));
      return sequence({ name: 'jsma', members, keep: 'nearest' });
    },
  });
}

/** Towards the goal's target; without one towards the class of this rank among the clean logits. */
function jsmaTowards(name: string, rank: number, options: JsmaOptions): StepAttack {
  const theta = checkNumber('jsma', 'theta', options.theta ?? 1, { min: -1, max: 1 });
  if (theta === 0) throw expected('jsma', 'theta', 'a number other than 0', theta);
  const gamma = checkNumber('jsma', 'gamma', options.gamma ?? 1, { above: 0, max: 1 });
  const steps = checkNumber('jsma', 'steps', options.steps ?? 2000, { integer: true, min: 1 });
  return defineAttack<JsmaState>({
    card: {
      name,
      norms: ['l0'],
      budget: 'minimum',
      access: 'gradients',
      goals: ['misclassify', 'target', 'change'],
      paper: 'The limitations of deep learning in adversarial settings (Papernot et al. 2016, arXiv 1511.07528)',
    },
    steps,
    init: ({ inputs, goal, oracle, cleanLogits, bounds }) => {
      if (!bounds.every(Number.isFinite)) throw expected('jsma', 'model.bounds', 'finite', bounds, 'A coordinate is moved to their end.');
      // One run is enough towards a target that is given.
      const isSpare = goal.kind === 'target' && rank > 2;
      return { rows: { adversarial: inputs, done: isSpare ? tf.onesLike(oracle.reached(cleanLogits)) : oracle.reached(cleanLogits) } };
    },
    step: ({ rows: { adversarial: x, done } }, problem, { index }) => {
      const { oracle, inputs, threat, bounds } = problem;
      const [lower, upper] = bounds;
      const { gradients, logits } = oracle.ascents(x, slopesTowards(problem, rank));
      const [rise, fall] = gradients.map((gradient) => tf.mul(flatten(gradient), Math.sign(theta))) as [Tensor2D, Tensor2D];
      const point = flatten(x);
      const spare = nearEnd * (upper - lower);
      const free = tf.cast(theta > 0 ? tf.less(point, upper - spare) : tf.greater(point, lower + spare), 'float32') as Tensor2D;
      const { found, coordinates } = bestPair(rise, tf.neg(fall) as Tensor2D, free);
      const next = clipToBox(tf.reshape(tf.add(point, tf.mul(coordinates, theta * (upper - lower))), x.shape), bounds);
      const stays = [
        done,
        oracle.reached(logits),
        tf.sub(1, found),
        // A pair more than that could not be the answer.
        tf.cast(tf.greater(threat.norm.size(tf.sub(next, inputs)), threat.epsilon), 'float32'),
        tf.fill(done.shape, 2 * (index + 1) > gamma * point.shape[1] ? 1 : 0),
      ].reduce((either, mask) => tf.maximum(either, mask)) as Tensor1D;
      return { rows: { adversarial: choose(stays, x, next), done: stays } };
    },
  });
}

/** The target's logit, and the sum of the others. */
function slopesTowards({ goal, cleanLogits }: AttackProblem, rank: number): readonly AdversarialLoss[] {
  const [n, classes] = cleanLogits.shape;
  const target =
    goal.kind === 'target' ? goal.classes : tf.reshape(tf.slice(tf.topk(cleanLogits, rank).indices, [0, rank - 1], [-1, 1]), [n]);
  const hot = tf.cast(tf.oneHot(tf.cast(target, 'int32') as Tensor1D, classes), 'float32');
  return [hot, tf.sub(1, hot)].map((chosen) => (logits) => tf.sum(tf.mul(logits, chosen), 1) as Tensor1D);
}
