/**
 * APGD under l1: steps along the signs of the steepest coordinates, as many as the best point so far suggests, brought back by the
 * joint projection P onto ball and box; no momentum. u: the share k of coordinates with the largest |gradient|;
 * x <- P(x + s sign(gradient_u) / |u|). At the end of each window k <- |x_best - x_0|_0 / (1.5 d); where that count fell below 0.95 of
 * the last one s <- epsilon and x <- x_best, elsewhere s <- s / 1.5, within [epsilon / 10, epsilon].
 *
 * Source: "Mind the box: l1-APGD for sparse adversarial attacks on image classifiers", F. Croce, M. Hein, 2021 (arXiv 2103.01208).
 */
import { type AdversarialLoss, type AttackProblem, choose, chooser, flatten, perExample, signOf } from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { ApgdForm } from './apgd-form';

export type SparseState = {
  readonly rows: {
    readonly adversarial: Tensor;
    readonly gradient: Tensor;
    readonly best: Tensor;
    readonly bestGradient: Tensor;
    readonly bestLoss: Tensor1D;
    readonly step: Tensor1D;
    /** Share of the coordinates that a step moves. */
    readonly share: Tensor1D;
    /** Coordinates in which the best point differed from the clean one at the last check. */
    readonly changed: Tensor1D;
  };
};

type Stage = { readonly from: number; readonly steps: number; readonly factor: number };

/** Three tenths of the steps in a ball of three times the radius, three tenths in one of two, the rest in the ball itself. */
export function stages(steps: number, shrinking: boolean): readonly Stage[] {
  // The ball itself gets one step at least.
  const first = Math.min(Math.ceil(0.3 * steps), Math.floor((steps - 1) / 2));
  if (!shrinking || first === 0) return [{ from: 0, steps, factor: 1 }];
  return [
    { from: 0, steps: first, factor: 3 },
    { from: first, steps: first, factor: 2 },
    { from: 2 * first, steps: steps - 2 * first, factor: 1 },
  ];
}

/** The form of APGD for the sum norm. A stage begins with a gradient evaluation at the best point of the last, in its own ball. */
export function sparseForm(loss: AdversarialLoss, steps: number, shrinking: boolean): ApgdForm<SparseState> {
  const schedule = stages(steps, shrinking);
  return {
    init: (problem) => {
      const { factor } = schedule[0]!;
      const start = startOf(problem, factor);
      return begin(start, problem, factor, loss, schedule.length > 1 ? undefined : { share: 0.2 });
    },
    step: (given, problem, { index }) => {
      const stage = schedule.findLast(({ from }) => from <= index)!;
      const radius = stage.factor * problem.threat.epsilon;
      const isFirst = index === stage.from && index > 0;
      const state = isFirst
        ? begin(problem.threat.norm.project(given.rows.best, problem.inputs, radius, problem.bounds), problem, stage.factor, loss)
        : given;
      const { rows } = state;
      const next = moved(state, problem, radius);
      const { loss: value, gradient } = problem.oracle.ascent(next, loss);
      const better = tf.cast(tf.greater(value, rows.bestLoss), 'float32') as Tensor1D;
      const keepBetter = chooser(better, next);
      const best = keepBetter(next, rows.best);
      const bestGradient = keepBetter(gradient, rows.bestGradient);
      const seen = { best, bestGradient, bestLoss: choose(better, value, rows.bestLoss) };
      const window = Math.max(Math.floor(0.04 * stage.steps), 1);
      if ((index - stage.from + 1) % window !== 0) return { rows: { ...rows, ...seen, adversarial: next, gradient } };

      const changed = changedOf(best, problem);
      const sparser = tf.cast(tf.less(changed, tf.mul(rows.changed, 0.95)), 'float32') as Tensor1D;
      const goBack = chooser(sparser, next);
      const slower = tf.clipByValue(tf.div(rows.step, 1.5), radius / 10, radius) as Tensor1D;
      return {
        rows: {
          ...seen,
          adversarial: goBack(best, next),
          gradient: goBack(bestGradient, gradient),
          step: choose(sparser, tf.fill(slower.shape, radius) as Tensor1D, slower),
          share: shareOf(changed, problem),
          changed,
        },
      };
    },
  };
}

/** The state at a stage's start; where the paper gives no share of its own, what the start already changes says it. */
function begin(
  start: Tensor,
  problem: AttackProblem,
  factor: number,
  loss: AdversarialLoss,
  given?: { readonly share: number },
): SparseState {
  const { loss: value, gradient } = problem.oracle.ascent(start, loss);
  const n = start.shape[0] ?? 0;
  const changed = given ? (tf.fill([n], sizeOf(start)) as Tensor1D) : changedOf(start, problem);
  return {
    rows: {
      adversarial: start,
      gradient,
      best: start,
      bestGradient: gradient,
      bestLoss: value,
      step: tf.fill([n], factor * problem.threat.epsilon) as Tensor1D,
      share: given ? (tf.fill([n], given.share) as Tensor1D) : shareOf(changed, problem),
      changed,
    },
  };
}

/** One step along the steepest coordinates, all by the same length. */
function moved({ rows }: SparseState, { threat, inputs, bounds }: AttackProblem, radius: number): Tensor {
  const slope = flatten(rows.gradient);
  const size = slope.shape[1];
  const steepness = tf.abs(slope);
  const sorted = tf.topk(steepness, size, true).values;
  // The floor of (1 - share) d counted from below is this place counted from above.
  const fromBelow = tf.clipByValue(tf.floor(tf.mul(tf.sub(1, rows.share), size)), 0, size - 1);
  const place = tf.cast(tf.sub(size - 1, fromBelow), 'int32');
  const threshold = tf.sum(tf.mul(sorted, tf.cast(tf.oneHot(place, size), 'float32')), 1, true);
  const chosen = tf.cast(tf.greaterEqual(steepness, threshold), 'float32');
  const signs = tf.mul(signOf(slope), chosen);
  const count = tf.add(tf.sum(tf.abs(signs), 1, true), 1e-10);
  const direction = tf.reshape(tf.div(signs, count), rows.gradient.shape);
  const target = tf.add(rows.adversarial, tf.mul(direction, perExample(rows.step, direction)));
  return threat.norm.project(target, inputs, radius, bounds);
}

/** A Gaussian draw brought into ball and box. */
function startOf({ inputs, threat, noise, bounds }: AttackProblem, factor: number): Tensor {
  const drawn = noise.stream('start').normal(inputs.shape.slice(1));
  return threat.norm.project(tf.add(inputs, drawn), inputs, factor * threat.epsilon, bounds);
}

const sizeOf = (batch: Tensor): number => batch.size / Math.max(1, batch.shape[0] ?? 1);

function changedOf(best: Tensor, { inputs }: AttackProblem): Tensor1D {
  return tf.sum(tf.cast(tf.notEqual(flatten(best), flatten(inputs)), 'float32'), 1) as Tensor1D;
}

function shareOf(changed: Tensor1D, { inputs }: AttackProblem): Tensor1D {
  return tf.div(changed, 1.5 * sizeOf(inputs)) as Tensor1D;
}
