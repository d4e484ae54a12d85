/**
 * EAD, the elastic-net attack: few coordinates moved, by accelerated shrinking (FISTA) on |d|_2^2 + beta |d|_1 + c max(0, confidence - margin).
 * x <- x0 + S_beta(y - s grad - x0) in the box, S_beta(d) = sign(d) max(|d| - beta, 0), s = rate sqrt(1 - i / steps);
 * y <- x + i / (i + 3) (x - x_old). A search finds the smallest c that still fools the model.
 *
 * Source: "EAD: elastic-net attacks to deep neural networks via adversarial examples", P.-Y. Chen, Y. Sharma, H. Zhang, J. Yi,
 * C.-J. Hsieh, 2018 (arXiv 1709.04114). As in the authors' code the threshold is beta itself, not beta times the step. Every example
 * gives up a round by itself; the authors' code stops the whole batch. What is kept is the smallest by the sum norm unless
 * `decisionRule` says otherwise.
 */
import {
  type AdversarialLoss,
  checkKeys,
  checkNumber,
  checkOneOf,
  choose,
  chooser,
  clipToBox,
  defineAttack,
  flatten,
  marginOf,
  perExample,
  type StepAttack,
} from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type ConstantSearch, endless, nextConstant, startSearch } from './constant-search';

/** Options of `ead`. */
export interface EadOptions {
  /** Rounds of the search for c. @default 9 */
  readonly binarySearchSteps?: number;
  /** The most steps of a round, one gradient evaluation and one more forward pass each. @default 10000 */
  readonly steps?: number;
  /** The first step of a round; it falls to zero by a square root. @default 0.01 */
  readonly learningRate?: number;
  /** By how many logits the goal must be met. @default 0 */
  readonly confidence?: number;
  /** The first c. @default 0.001 */
  readonly initialConstant?: number;
  /** beta: the weight of the sum norm, and by how much every coordinate shrinks in a step, in input units. @default 0.01 */
  readonly regularization?: number;
  /** What is kept of all that fooled the model: the smallest by the sum norm, or by the elastic net. @default 'l1' */
  readonly decisionRule?: 'l1' | 'en';
  /** Ends a round of an example where a tenth of the steps has not lowered its objective by a ten-thousandth. @default true */
  readonly abortEarly?: boolean;
}

type State = {
  readonly rows: ConstantSearch & {
    /** x, which is judged, and y, where the slope is taken. */
    readonly adversarial: Tensor;
    readonly ahead: Tensor;
    /** Within the round, and how many rounds are over. */
    readonly step: Tensor1D;
    readonly round: Tensor1D;
    /** 1 where this round has fooled the model. */
    readonly found: Tensor1D;
    /** The lowest objective of the round, and what it was at the last look. */
    readonly lowest: Tensor1D;
    readonly looked: Tensor1D;
    readonly done: Tensor1D;
  };
};

/** The objective must fall below this share of what it was. */
const progress = 0.9999;
const optionNames = [
  'binarySearchSteps',
  'steps',
  'learningRate',
  'confidence',
  'initialConstant',
  'regularization',
  'decisionRule',
  'abortEarly',
] as const;

/**
 * Thorough, and slow: up to 90,000 gradient evaluations an example as it stands.
 *
 * @example
 * perturb(ead({ steps: 1000 }), { model, inputs, goal, threat: { norm: l1(), epsilon: Infinity }, seed: 0 });
 */
export function ead(options: EadOptions = {}): StepAttack {
  checkKeys('ead', options, optionNames);
  const rounds = checkNumber('ead', 'binarySearchSteps', options.binarySearchSteps ?? 9, { integer: true, min: 1 });
  const steps = checkNumber('ead', 'steps', options.steps ?? 10_000, { integer: true, min: 1 });
  const learningRate = checkNumber('ead', 'learningRate', options.learningRate ?? 0.01, { above: 0 });
  const confidence = checkNumber('ead', 'confidence', options.confidence ?? 0, { min: 0 });
  const initialConstant = checkNumber('ead', 'initialConstant', options.initialConstant ?? 1e-3, { above: 0 });
  const beta = checkNumber('ead', 'regularization', options.regularization ?? 0.01, { min: 0 });
  const decisionRule = checkOneOf('ead', 'decisionRule', options.decisionRule ?? 'l1', ['l1', 'en']);
  const look = options.abortEarly === false ? steps + 1 : Math.ceil(steps / 10);
  const shortfall: AdversarialLoss = (logits, problem) => {
    const lead = marginOf(logits, problem.goal, () => problem.cleanLogits);
    return tf.neg(tf.relu(tf.sub(confidence, lead))) as Tensor1D;
  };
  const elasticNet = (away: Tensor): Tensor1D => tf.sum(flatten(tf.add(tf.square(away), tf.mul(beta, tf.abs(away)))), 1) as Tensor1D;
  return defineAttack<State>({
    card: {
      name: 'ead',
      norms: ['l1'],
      budget: 'minimum',
      access: 'gradients',
      goals: ['misclassify', 'target', 'change'],
      paper: 'EAD: elastic-net attacks to deep neural networks via adversarial examples (Chen et al. 2018, arXiv 1709.04114)',
    },
    steps: rounds * steps,
    confidence,
    ...(decisionRule === 'en' ? { rank: (candidate, { inputs }) => elasticNet(tf.sub(candidate, inputs)) } : {}),
    init: ({ inputs }) => {
      const n = inputs.shape[0] ?? 0;
      const all = (value: number): Tensor1D => tf.fill([n], value) as Tensor1D;
      const counters = { step: all(0), round: all(0), found: all(0), lowest: all(endless), looked: all(endless), done: all(0) };
      return { rows: { adversarial: inputs, ahead: inputs, ...counters, ...startSearch(n, initialConstant) } };
    },
    step: ({ rows }, problem) => {
      const { inputs, bounds, oracle } = problem;
      const { adversarial: x, ahead: y } = rows;
      const { loss, gradient } = oracle.ascent(y, shortfall);
      const away = tf.sub(y, inputs);
      const slope = tf.sub(tf.mul(2, away), tf.mul(gradient, perExample(rows.constant, y)));
      const rate = tf.mul(learningRate, tf.sqrt(tf.sub(1, tf.div(rows.step, steps)))) as Tensor1D;
      const wished = tf.sub(away, tf.mul(slope, perExample(rate, y)));
      const next = clipToBox(tf.add(inputs, shrunk(wished, beta)), bounds);
      const pull = tf.div(rows.step, tf.add(rows.step, 3)) as Tensor1D;
      const ahead = tf.add(next, tf.mul(tf.sub(next, x), perExample(pull, y)));
      const found = tf.maximum(rows.found, oracle.reached(oracle.logits(next), confidence)) as Tensor1D;

      const objective = tf.sub(elasticNet(away), tf.mul(rows.constant, loss)) as Tensor1D;
      const lowest = tf.minimum(rows.lowest, objective) as Tensor1D;
      const isLook = tf.cast(tf.equal(tf.mod(rows.step, look), 0), 'float32') as Tensor1D;
      const stalls = tf.cast(tf.greater(lowest, tf.mul(rows.looked, progress)), 'float32');
      const step = tf.add(rows.step, 1) as Tensor1D;
      const isLast = tf.cast(tf.greaterEqual(step, steps), 'float32');
      const over = (look > steps ? isLast : tf.maximum(tf.mul(isLook, stalls), isLast)) as Tensor1D;
      const round = tf.add(rows.round, over) as Tensor1D;
      const done = tf.cast(tf.greaterEqual(round, rounds), 'float32') as Tensor1D;
      const search = nextConstant(rows, found, rows.round, rounds);
      // Where all rounds are over the last point stays: training takes it.
      const afresh = chooser(tf.mul(over, tf.sub(1, done)) as Tensor1D, x);
      const fresh = tf.fill(over.shape, endless) as Tensor1D;
      return {
        rows: {
          adversarial: afresh(inputs, next),
          ahead: afresh(inputs, ahead),
          step: choose(over, tf.zerosLike(step), step),
          round,
          constant: choose(over, search.constant, rows.constant),
          lower: choose(over, search.lower, rows.lower),
          upper: choose(over, search.upper, rows.upper),
          found: choose(over, tf.zerosLike(found), found),
          lowest: choose(over, fresh, lowest),
          looked: choose(over, fresh, choose(isLook, lowest, rows.looked)),
          done,
        },
      };
    },
  });
}

/** Every coordinate nearer to zero by `threshold`; exactly zero where there is no more of it. */
function shrunk(away: Tensor, threshold: number): Tensor {
  return tf.sub(away, tf.clipByValue(away, -threshold, threshold));
}
