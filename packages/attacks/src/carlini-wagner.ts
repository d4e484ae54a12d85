/**
 * The Carlini-Wagner attack: the smallest Euclidean perturbation by Adam on |x - x0|^2 + c max(0, confidence - margin(x)), in
 * variables w that cannot leave the box, x = middle + half tanh(w); a binary search finds the smallest c that still fools the model.
 *
 * Source: "Towards evaluating the robustness of neural networks", N. Carlini, D. Wagner, 2017 (arXiv 1608.04644). Every example
 * gives up a round by itself when its own objective stops falling, and goes on with the next at once: the authors' code stops the
 * whole batch. Where the bounds are infinite there is no change of variables.
 */
import {
  type AdversarialLoss,
  type AttackProblem,
  checkKeys,
  checkNumber,
  choose,
  chooser,
  defineAttack,
  flatten,
  marginOf,
  perExample,
  type StepAttack,
} from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Options of `carliniWagner`. */
export interface CarliniWagnerOptions {
  /** Rounds of the search for c. @default 9 */
  readonly binarySearchSteps?: number;
  /** The most steps of a round, one gradient evaluation each. @default 10000 */
  readonly steps?: number;
  /** Adam's, in the variables of the search. @default 0.01 */
  readonly learningRate?: number;
  /** By how many logits the goal must be met. @default 0 */
  readonly confidence?: number;
  /** The first c. @default 0.001 */
  readonly initialConstant?: number;
  /** Ends a round of an example where a tenth of the steps has not lowered its objective by a ten-thousandth. @default true */
  readonly abortEarly?: boolean;
}

type Rows = {
  readonly adversarial: Tensor;
  /** The variables that Adam moves: what is added to the clean input's own w, or to the input itself. */
  readonly shift: Tensor;
  readonly mean: Tensor;
  readonly square: Tensor;
  /** Within the round, and how many rounds are over. */
  readonly step: Tensor1D;
  readonly round: Tensor1D;
  readonly constant: Tensor1D;
  readonly lower: Tensor1D;
  readonly upper: Tensor1D;
  /** 1 where this round has fooled the model. */
  readonly found: Tensor1D;
  /** The lowest objective of the round, and what it was at the last look. */
  readonly lowest: Tensor1D;
  readonly looked: Tensor1D;
  readonly done: Tensor1D;
};
type State = { readonly rows: Rows };

const endless = 1e30;
const largestConstant = 1e10;
/** Keeps the inverse of tanh finite at the ends of the box. */
const inside = 0.999999;
const [beta1, beta2, tiny] = [0.9, 0.999, 1e-8];

/**
 * Thorough, and slow: up to 90,000 gradient evaluations an example as it stands.
 *
 * @example
 * perturb(carliniWagner({ steps: 1000 }), { model, inputs, goal, threat: { norm: l2(), epsilon: Infinity }, seed: 0 });
 */
export function carliniWagner(options: CarliniWagnerOptions = {}): StepAttack {
  const name = 'carlini-wagner';
  checkKeys(name, options, ['binarySearchSteps', 'steps', 'learningRate', 'confidence', 'initialConstant', 'abortEarly']);
  const rounds = checkNumber(name, 'binarySearchSteps', options.binarySearchSteps ?? 9, { integer: true, min: 1 });
  const steps = checkNumber(name, 'steps', options.steps ?? 10_000, { integer: true, min: 1 });
  const learningRate = checkNumber(name, 'learningRate', options.learningRate ?? 0.01, { above: 0 });
  const confidence = checkNumber(name, 'confidence', options.confidence ?? 0, { min: 0 });
  const initialConstant = checkNumber(name, 'initialConstant', options.initialConstant ?? 1e-3, { above: 0 });
  const look = options.abortEarly === false ? steps + 1 : Math.ceil(steps / 10);
  const shortfall: AdversarialLoss = (logits, problem) =>
    tf.neg(
      tf.relu(
        tf.sub(
          confidence,
          marginOf(logits, problem.goal, () => problem.cleanLogits),
        ),
      ),
    ) as Tensor1D;
  return defineAttack<State>({
    card: {
      name,
      norms: ['l2'],
      budget: 'minimum',
      access: 'gradients',
      goals: ['misclassify', 'target', 'change'],
      paper: 'Towards evaluating the robustness of neural networks (Carlini and Wagner 2017, arXiv 1608.04644)',
    },
    steps: rounds * steps,
    confidence,
    init: (problem) => {
      const n = problem.inputs.shape[0] ?? 0;
      const all = (value: number): Tensor1D => tf.fill([n], value) as Tensor1D;
      const still = tf.zerosLike(problem.inputs);
      const counters = { step: all(0), round: all(0), found: all(0), lowest: all(endless), looked: all(endless), done: all(0) };
      const search = { constant: all(initialConstant), lower: all(0), upper: all(endless) };
      return { rows: { adversarial: mapOf(problem).at(still), shift: still, mean: still, square: still, ...counters, ...search } };
    },
    step: ({ rows }, problem) => {
      const map = mapOf(problem);
      const x = rows.adversarial;
      const { loss, gradient, logits } = problem.oracle.ascent(x, shortfall);
      const found = tf.maximum(rows.found, problem.oracle.reached(logits, confidence)) as Tensor1D;
      const away = tf.sub(x, map.at(tf.zerosLike(x)));
      const objective = tf.sub(tf.sum(flatten(tf.square(away)), 1), tf.mul(rows.constant, loss)) as Tensor1D;
      const slope = tf.mul(tf.sub(tf.mul(2, away), tf.mul(gradient, perExample(rows.constant, x))), map.slopeAt(x));
      const moved = adam(rows, slope, learningRate);

      const lowest = tf.minimum(rows.lowest, objective) as Tensor1D;
      const isLook = tf.cast(tf.equal(tf.mod(rows.step, look), 0), 'float32') as Tensor1D;
      const stalls = tf.cast(tf.greater(lowest, tf.mul(rows.looked, 0.9999)), 'float32');
      const gaveUp = look > steps ? tf.zerosLike(isLook) : tf.mul(isLook, stalls);
      const step = tf.add(rows.step, 1) as Tensor1D;
      const over = tf.maximum(gaveUp, tf.cast(tf.greaterEqual(step, steps), 'float32')) as Tensor1D;
      const search = nextConstant({ ...rows, found }, rounds);
      const round = tf.add(rows.round, over) as Tensor1D;
      const afresh = chooser(over, x);
      const still = tf.zerosLike(x);
      const fresh = tf.fill(objective.shape, endless) as Tensor1D;
      const shift = afresh(still, moved.shift);
      return {
        rows: {
          adversarial: map.at(shift),
          shift,
          mean: afresh(still, moved.mean),
          square: afresh(still, moved.square),
          step: choose(over, tf.zerosLike(step), step),
          round,
          constant: choose(over, search.constant, rows.constant),
          lower: choose(over, search.lower, rows.lower),
          upper: choose(over, search.upper, rows.upper),
          found: choose(over, tf.zerosLike(found), found),
          lowest: choose(over, fresh, lowest),
          looked: choose(over, fresh, choose(isLook, lowest, rows.looked)),
          done: tf.cast(tf.greaterEqual(round, rounds), 'float32') as Tensor1D,
        },
      };
    },
  });
}

/** One step of Adam, with as many steps behind it as the row has. */
function adam(rows: Rows, slope: Tensor, learningRate: number): Pick<Rows, 'shift' | 'mean' | 'square'> {
  const mean = tf.add(tf.mul(rows.mean, beta1), tf.mul(slope, 1 - beta1));
  const square = tf.add(tf.mul(rows.square, beta2), tf.mul(tf.square(slope), 1 - beta2));
  const count = tf.add(rows.step, 1);
  const unbiased = (moment: Tensor, beta: number): Tensor =>
    tf.div(moment, perExample(tf.sub(1, tf.pow(tf.scalar(beta), count)) as Tensor1D, moment));
  const move = tf.div(unbiased(mean, beta1), tf.add(tf.sqrt(unbiased(square, beta2)), tiny));
  return { shift: tf.sub(rows.shift, tf.mul(move, learningRate)), mean, square };
}

/** The search for c after a round: halves the bracket, or goes up tenfold while nothing has fooled the model yet. */
function nextConstant({ constant, lower, upper, found, round }: Rows, rounds: number): Pick<Rows, 'constant' | 'lower' | 'upper'> {
  const next = {
    lower: choose(found, lower, constant),
    upper: choose(found, constant, upper),
  };
  const bracketed = tf.cast(tf.less(next.upper, endless), 'float32') as Tensor1D;
  const middle = choose(bracketed, tf.mul(0.5, tf.add(next.lower, next.upper)) as Tensor1D, tf.mul(constant, 10) as Tensor1D);
  if (rounds < 10) return { ...next, constant: middle };
  // The last of many rounds is spent at the top of the bracket, or as high as it goes.
  const isLast = tf.cast(tf.greaterEqual(round, rounds - 2), 'float32') as Tensor1D;
  return { ...next, constant: choose(isLast, tf.minimum(next.upper, largestConstant) as Tensor1D, middle) };
}

/** From the variables of the search to inputs, and the slope of that at an input. */
function mapOf({ inputs, bounds: [lower, upper] }: AttackProblem): { at(shift: Tensor): Tensor; slopeAt(x: Tensor): Tensor } {
  if (!Number.isFinite(upper - lower)) return { at: (shift) => tf.add(inputs, shift), slopeAt: (x) => tf.onesLike(x) };
  const [middle, half] = [(lower + upper) / 2, (upper - lower) / 2];
  const own = tf.atanh(tf.mul(tf.div(tf.sub(inputs, middle), half), inside));
  return {
    at: (shift) => tf.add(tf.mul(tf.tanh(tf.add(own, shift)), half), middle),
    slopeAt: (x) => tf.mul(tf.sub(1, tf.square(tf.div(tf.sub(x, middle), half))), half),
  };
}
