/**
 * HopSkipJump: walks along the decision boundary towards the clean input; needs labels alone. With phi = +-1, whether a point meets the
 * goal, and random unit vectors u: g = mean of (phi - mean phi) u about the point x on the boundary; x <- x + xi g (or its sign,
 * under linf), xi = |x - x0| / sqrt(k) halved until that meets the goal; then back to the boundary between x0 and x.
 *
 * Source: "HopSkipJumpAttack: a query-efficient decision-based attack", J. Chen, M. I. Jordan, M. J. Wainwright, 2020
 * (arXiv 1904.02144). Differences from the authors' code: halvings have fixed numbers (24 towards the boundary, finer than theirs; at
 * most 16 of a stride, which then is none), so that no row waits for another; the start is the nearest of all random points
 * tried, and lies between noise and the clean input where noise alone does not meet the goal.
 */

import type { AttackProblem } from '@groundstate/core';
import {
  checkKeys,
  checkNumber,
  choose,
  clipToBox,
  defineAttack,
  euclidean,
  perExample,
  type StepAttack,
  signOf,
  unit,
} from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  type Bracket,
  checkStart,
  halve,
  notStarted,
  type Started,
  type StartOptions,
  shareOfWay,
  tryStart,
  wholeBracket,
} from './label-search';

/** Options of `hopSkipJump`: its steps, and how many points each slope is guessed from. */
export interface HopSkipJumpOptions extends StartOptions {
  /** Steps along the boundary. @default 64 */
  readonly steps?: number;
  /** Points that the first slope is guessed from; the k-th from sqrt(k) times as many. @default 100 */
  readonly initialEvaluations?: number;
  /** The most points for a slope. @default 10000 */
  readonly maxEvaluations?: number;
}

type HopState = {
  readonly rows: Started &
    Bracket & {
      readonly done: Tensor1D;
      /** How far the point was before it came back to the boundary, and how far the point on the boundary is. */
      readonly before: Tensor1D;
      readonly distance: Tensor1D;
      /** Sums over the points asked: phi u, u, phi. Once they are all asked, `slope` is the direction of the stride. */
      readonly slope: Tensor;
      readonly drift: Tensor;
      readonly balance: Tensor1D;
      readonly stride: Tensor1D;
      readonly landed: Tensor1D;
    };
};

/** What a turn is part of: `place` of `length`, in the step `round` (from 1). */
type Phase = { readonly kind: 'start' | 'return' | 'guess' | 'stride'; readonly round: number; readonly length: number };

const halvings = 24;
const strides = 16;
const tiny = 1e-20;

/**
 * @example
 * hopSkipJump({ steps: 64 });
 */
export function hopSkipJump(options: HopSkipJumpOptions = {}): StepAttack {
  checkKeys('hop-skip-jump', options, ['steps', 'initialEvaluations', 'maxEvaluations', 'tries', 'start']);
  const steps = checkNumber('hop-skip-jump', 'steps', options.steps ?? 64, { integer: true, min: 1 });
  const initial = checkNumber('hop-skip-jump', 'initialEvaluations', options.initialEvaluations ?? 100, { integer: true, min: 1 });
  const most = checkNumber('hop-skip-jump', 'maxEvaluations', options.maxEvaluations ?? 10000, { integer: true, min: 1 });
  const { tries, goals } = checkStart('hop-skip-jump', options);
  const phases: Phase[] = [{ kind: 'start', round: 0, length: tries }];
  for (let round = 1; round <= steps; round++) {
    const length = Math.min(Math.floor(initial * Math.sqrt(round)), most);
    phases.push({ kind: 'return', round, length: halvings }, { kind: 'guess', round, length }, { kind: 'stride', round, length: strides });
  }
  phases.push({ kind: 'return', round: steps + 1, length: halvings });
  return defineAttack<HopState>({
    card: {
      name: 'hop-skip-jump',
      norms: ['linf', 'l2'],
      budget: 'minimum',
      access: 'labels',
      goals,
      paper: 'HopSkipJumpAttack: a query-efficient decision-based attack (Chen et al. 2020, arXiv 1904.02144)',
    },
    steps: phases.reduce((sum, { length }) => sum + length, 0),
    init: (problem) => {
      const none = tf.zeros([problem.inputs.shape[0] ?? 0]) as Tensor1D;
      const flat = tf.zerosLike(problem.inputs);
      const distances = { before: none, distance: none, balance: none, stride: none, landed: none };
      return { rows: { ...notStarted(problem), ...wholeBracket(problem), ...distances, done: none, slope: flat, drift: flat } };
    },
    step: ({ rows }, problem, { index }) => {
      const { phase, place } = phaseAt(phases, index);
      const last = place === phase.length - 1;
      const turns = {
        start: () => startTurn(rows, problem, place, last, options),
        return: () => returnTurn(rows, problem, phase.round, last),
        guess: () => guessTurn(rows, problem, index, phase, last),
        stride: () => strideTurn(rows, problem, last),
      };
      return { rows: turns[phase.kind]() };
    },
  });
}

function phaseAt(phases: readonly Phase[], index: number): { readonly phase: Phase; readonly place: number } {
  let place = index;
  for (const phase of phases) {
    if (place < phase.length) return { phase, place };
    place -= phase.length;
  }
  throw new RangeError(`hop-skip-jump has no step ${index}.`);
}

type Rows = HopState['rows'];

function startTurn(rows: Rows, problem: AttackProblem, place: number, last: boolean, options: StartOptions): Rows {
  const next = { ...rows, ...tryStart('hop-skip-jump', rows, problem, place, options) };
  // Rows without a start have nothing to walk along.
  return last ? { ...next, done: tf.sub(1, next.started) as Tensor1D } : next;
}

/** Back to the boundary, and ready for a guess there. */
function returnTurn(rows: Rows, problem: AttackProblem, round: number, last: boolean): Rows {
  const { inputs, threat } = problem;
  const bracket = halve(rows, rows.adversarial, problem);
  if (!last) return { ...rows, ...bracket };
  const adversarial = shareOfWay(inputs, rows.adversarial, bracket.high, threat.norm);
  const distance = threat.norm.size(tf.sub(adversarial, inputs));
  return {
    ...rows,
    ...wholeBracket(problem),
    adversarial,
    before: threat.norm.size(tf.sub(rows.adversarial, inputs)),
    distance,
    stride: tf.div(distance, Math.sqrt(round)) as Tensor1D,
    slope: tf.zerosLike(inputs),
    drift: tf.zerosLike(inputs),
    balance: tf.zerosLike(distance),
    landed: tf.zerosLike(distance),
  };
}

/** One point about the boundary, and what it says about the slope. */
function guessTurn(rows: Rows, problem: AttackProblem, index: number, { round, length }: Phase, last: boolean): Rows {
  const { inputs, threat, bounds, noise, oracle } = problem;
  const x = rows.adversarial;
  const shape = inputs.shape.slice(1);
  const stream = noise.stream('guess', index);
  const drawn = threat.norm.name === 'linf' ? stream.uniform(shape, [-1, 1]) : stream.normal(shape);
  // At first a tenth of the box, or as in all later steps where the box has no width: |x - x0| / d.
  const width = 0.1 * (bounds[1] - bounds[0]);
  const size = inputs.size / Math.max(1, inputs.shape[0] ?? 1);
  const scale = round === 1 && Number.isFinite(width) ? tf.fill(rows.before.shape, width) : tf.div(rows.before, size);
  const radius = perExample(tf.maximum(scale, tiny) as Tensor1D, x);
  const asked = clipToBox(tf.add(x, tf.mul(unit(drawn, euclidean(drawn)), radius)), bounds);
  const direction = tf.div(tf.sub(asked, x), radius);
  const phi = tf.sub(tf.mul(2, oracle.reached(oracle.logits(asked))), 1) as Tensor1D;
  const slope = tf.add(rows.slope, tf.mul(direction, perExample(phi, direction)));
  const drift = tf.add(rows.drift, direction);
  const balance = tf.add(rows.balance, phi) as Tensor1D;
  if (!last) return { ...rows, slope, drift, balance };
  // Where all points lie on one side there is no boundary between them to centre on.
  const oneSided = tf.cast(tf.greaterEqual(tf.abs(balance), length - 0.5), 'float32') as Tensor1D;
  const centre = tf.mul(tf.div(balance, length), tf.sub(1, oneSided)) as Tensor1D;
  const guess = tf.sub(slope, tf.mul(drift, perExample(centre, drift)));
  return { ...rows, slope: threat.norm.name === 'linf' ? signOf(guess) : unit(guess, euclidean(guess)), drift, balance };
}

/** One try of the stride; it is halved until it lands where the goal is met. */
function strideTurn(rows: Rows, problem: AttackProblem, last: boolean): Rows {
  const x = rows.adversarial;
  const end = clipToBox(tf.add(x, tf.mul(rows.slope, perExample(rows.stride, x))), problem.bounds);
  const met = problem.oracle.reached(problem.oracle.logits(end));
  const landed = tf.maximum(rows.landed, met) as Tensor1D;
  if (last) return { ...rows, landed, adversarial: choose(landed, end, x) };
  return { ...rows, landed, stride: choose(landed, rows.stride, tf.div(rows.stride, 2) as Tensor1D) };
}
