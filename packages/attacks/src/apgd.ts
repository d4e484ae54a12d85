/**
 * Auto-PGD: projected gradient ascent with momentum, whose step is halved whenever it stops paying, going back to the best
 * point. Step u = P(x + s d), x <- P(x + a (u - x) + (1 - a)(x - x_old)), a = 0.75 (1 at first), s from 2 epsilon.
 * At the end of each window: s <- s / 2 and x <- x_best where fewer than rho of its steps raised the loss, or where neither
 * the step was halved at the last check nor the best loss has risen since. Under l1 the form is another one: see apgd-sparse.ts.
 *
 * Source: "Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks", F. Croce,
 * M. Hein, 2020 (arXiv 2003.01690). One difference from the authors' code: the first step of the first window is compared
 * with the loss at the start, not with zero.
 */
import {
  type AdversarialLoss,
  type AttackProblem,
  checkKeys,
  checkNumber,
  choose,
  chooser,
  defineAttack,
  perExample,
  type StepAttack,
} from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { ApgdForm } from './apgd-form';
import { type SparseState, sparseForm } from './apgd-sparse';

/** Options of the attacks of this family: how many steps, and how many of them must have succeeded for the step size to stay. */
export interface ApgdOptions {
  /** One gradient evaluation each, and one at the start. @default 100 */
  readonly steps?: number;
  /** Share of a window's steps that must raise the loss. @default 0.75 */
  readonly rho?: number;
  /**
   * Under l1: begins in balls of three and two times the radius, with three tenths of the steps each, as in AutoAttack. The other
   * norms have no such schedule. @default true
   */
  readonly shrinkingRadius?: boolean;
}

type DenseState = {
  readonly rows: {
    readonly adversarial: Tensor;
    readonly previous: Tensor;
    readonly gradient: Tensor;
    readonly best: Tensor;
    readonly bestGradient: Tensor;
    readonly bestLoss: Tensor1D;
    readonly loss: Tensor1D;
    readonly step: Tensor1D;
    /** Steps of this window that raised the loss. */
    readonly rises: Tensor1D;
    /** At the last check: whether the step was halved, and the best loss. */
    readonly halved: Tensor1D;
    readonly checkedLoss: Tensor1D;
  };
};

/** The steps after which a window ends: 22, 41, 57, 70, 80, 87, 93, 99 of 100. */
export function checkpoints(steps: number): ReadonlyMap<number, number> {
  const shortest = Math.max(Math.floor(0.06 * steps), 1);
  const decrement = Math.max(Math.floor(0.03 * steps), 1);
  const ends = new Map<number, number>();
  let window = Math.max(Math.floor(0.22 * steps), 1);
  for (let end = window; end <= steps; end += window) {
    ends.set(end, window);
    window = Math.max(window - decrement, shortest);
  }
  return ends;
}

/** The attack on any loss. Its public forms have a loss each: see `apgdCe`. */
export function apgd(name: string, loss: AdversarialLoss, options: ApgdOptions): StepAttack {
  checkKeys(name, options, ['steps', 'rho', 'shrinkingRadius']);
  const steps = checkNumber(name, 'steps', options.steps ?? 100, { integer: true, min: 1 });
  const rho = checkNumber(name, 'rho', options.rho ?? 0.75, { above: 0, max: 1 });
  const dense = denseForm(loss, steps, rho);
  const sparse = sparseForm(loss, steps, options.shrinkingRadius ?? true);
  const isSparse = ({ threat }: AttackProblem): boolean => threat.norm.name === 'l1';
  return defineAttack<DenseState | SparseState>({
    card: {
      name,
      norms: ['linf', 'l2', 'l1'],
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify', 'target', 'change'],
      paper:
        'Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks (Croce and Hein 2020, arXiv 2003.01690)',
    },
    steps,
    init: (problem) => (isSparse(problem) ? sparse : dense).init(problem),
    // The driver hands each form the state that it made itself: the norm does not change in between.
    step: (state, problem, turn) =>
      isSparse(problem) ? sparse.step(state as SparseState, problem, turn) : dense.step(state as DenseState, problem, turn),
  });
}

/** The form under linf and l2. */
function denseForm(loss: AdversarialLoss, steps: number, rho: number): ApgdForm<DenseState> {
  const windows = checkpoints(steps);
  return {
    init: (problem) => {
      const { inputs, threat, oracle } = problem;
      const start = startOnSphere(problem);
      const { loss: value, gradient } = oracle.ascent(start, loss);
      const n = inputs.shape[0] ?? 0;
      return {
        rows: {
          adversarial: start,
          previous: start,
          gradient,
          best: start,
          bestGradient: gradient,
          bestLoss: value,
          loss: value,
          step: tf.fill([n], 2 * threat.epsilon) as Tensor1D,
          rises: tf.zeros([n]) as Tensor1D,
          halved: tf.ones([n]) as Tensor1D,
          checkedLoss: value,
        },
      };
    },
    step: ({ rows }, problem, { index }) => {
      const { threat, inputs, bounds, oracle } = problem;
      const project = (x: Tensor): Tensor => threat.norm.project(x, inputs, threat.epsilon, bounds);
      const x = rows.adversarial;
      const direction = threat.norm.steepest(rows.gradient, x, bounds);
      const target = project(tf.add(x, tf.mul(direction, perExample(rows.step, x))));
      const pull = index === 0 ? 1 : 0.75;
      const moved = tf.add(tf.mul(tf.sub(target, x), pull), tf.mul(tf.sub(x, rows.previous), 1 - pull));
      const next = project(tf.add(x, moved));

      const { loss: value, gradient } = oracle.ascent(next, loss);
      const rises = tf.add(rows.rises, tf.cast(tf.greater(value, rows.loss), 'float32')) as Tensor1D;
      const better = tf.cast(tf.greater(value, rows.bestLoss), 'float32') as Tensor1D;
      const keepBetter = chooser(better, next);
      const best = keepBetter(next, rows.best);
      const bestGradient = keepBetter(gradient, rows.bestGradient);
      const bestLoss = choose(better, value, rows.bestLoss);
      const moving = { best, bestGradient, bestLoss, loss: value, previous: x };
      const window = windows.get(index + 1);
      if (window === undefined) return { rows: { ...rows, ...moving, adversarial: next, gradient, rises } };

      const tooFew = tf.lessEqual(rises, window * rho);
      const stalled = tf.logicalAnd(tf.equal(rows.halved, 0), tf.lessEqual(bestLoss, rows.checkedLoss));
      const halved = tf.cast(tf.logicalOr(tooFew, stalled), 'float32') as Tensor1D;
      const goBack = chooser(halved, next);
      return {
        rows: {
          ...moving,
          adversarial: goBack(best, next),
          gradient: goBack(bestGradient, gradient),
          step: tf.div(rows.step, tf.add(halved, 1)) as Tensor1D,
          rises: tf.zerosLike(rises),
          halved,
          checkedLoss: bestLoss,
        },
      };
    },
  };
}

/** A random point on the sphere of radius epsilon, clipped to the box. */
function startOnSphere({ inputs, threat, noise, bounds }: AttackProblem): Tensor {
  const shape = inputs.shape.slice(1);
  const stream = noise.stream('start');
  const direction = threat.norm.name === 'linf' ? stream.uniform(shape, [-1, 1]) : stream.normal(shape);
  const size = tf.maximum(threat.norm.size(direction), 1e-12) as Tensor1D;
  const start = tf.add(inputs, tf.mul(direction, perExample(tf.div(threat.epsilon, size) as Tensor1D, inputs)));
  return threat.norm.project(start, inputs, threat.epsilon, bounds);
}
