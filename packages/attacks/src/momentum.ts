/**
 * What the iterative attacks with momentum share: m <- decay m + g / mean|g|, x <- P(x + step steepest(m)). They differ in where and of
 * what the gradient g is taken, which is theirs to say. Made to transfer: a direction that many steps agree on fits other models too.
 */
import {
  type AttackProblem,
  checkKeys,
  checkNumber,
  crossEntropy,
  defineAttack,
  flatten,
  perExample,
  type StepAttack,
} from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Options that all attacks with momentum have. */
export interface MomentumOptions {
  /** @default 10 */
  readonly steps?: number;
  /** The step as a share of epsilon. @default 1 / steps, as published */
  readonly relativeStep?: number;
  /** Share of the momentum that a step keeps. @default 1 */
  readonly decay?: number;
}

/** Where an attack stands when it asks for its gradient. */
export type Standing = {
  readonly x: Tensor;
  /** The last momentum; zero at first. */
  readonly momentum: Tensor;
  /** What the attack itself kept from the last step; zero at first. */
  readonly kept: Tensor;
  readonly problem: AttackProblem;
  readonly index: number;
  /** In input units. */
  readonly step: number;
  readonly decay: number;
};

/** A gradient of the cross-entropy, and what is to be kept for the next step, if anything. */
export type Slope = { readonly gradient: Tensor; readonly kept?: Tensor };

type MomentumState = { readonly rows: { readonly adversarial: Tensor; readonly momentum: Tensor; readonly kept: Tensor } };

export const momentumOptions = ['steps', 'relativeStep', 'decay'] as const;
const loss = crossEntropy();
const tiny = 1e-12;

/** The attack whose gradient is `slopeAt`; `options` are checked by name against `names`. */
export function withMomentum(
  name: string,
  paper: string,
  options: MomentumOptions,
  slopeAt: (standing: Standing) => Slope,
  names: readonly string[] = momentumOptions,
): StepAttack {
  checkKeys(name, options, names);
  const steps = checkNumber(name, 'steps', options.steps ?? 10, { integer: true, min: 1 });
  const relativeStep = checkNumber(name, 'relativeStep', options.relativeStep ?? 1 / steps, { above: 0 });
  const decay = checkNumber(name, 'decay', options.decay ?? 1, { min: 0 });
  return defineAttack<MomentumState>({
    card: { name, norms: ['linf'], budget: 'fixed', access: 'gradients', goals: ['misclassify', 'target', 'change'], paper },
    steps,
    init: ({ inputs }) => ({ rows: { adversarial: inputs, momentum: tf.zerosLike(inputs), kept: tf.zerosLike(inputs) } }),
    step: ({ rows }, problem, { index }) => {
      const { threat, inputs, bounds } = problem;
      const x = rows.adversarial;
      const step = relativeStep * threat.epsilon;
      const { gradient, kept } = slopeAt({ x, momentum: rows.momentum, kept: rows.kept, problem, index, step, decay });
      const momentum = tf.add(tf.mul(rows.momentum, decay), byItsMean(gradient));
      const moved = tf.add(x, tf.mul(threat.norm.steepest(momentum, x, bounds), step));
      return { rows: { adversarial: threat.norm.project(moved, inputs, threat.epsilon, bounds), momentum, kept: kept ?? rows.kept } };
    },
  });
}

/** The gradient of the cross-entropy at a point. */
export function gradientAt(point: Tensor, { oracle }: AttackProblem): Tensor {
  return oracle.ascent(point, loss).gradient;
}

/** Where the next step would lead if the momentum stayed as it is: Nesterov's look ahead. */
export function ahead({ x, momentum, step, decay }: Standing): Tensor {
  return tf.add(x, tf.mul(momentum, step * decay));
}

/** Divided by the mean of its absolute values; zero stays zero. */
function byItsMean(gradient: Tensor): Tensor {
  const mean = tf.mean(tf.abs(flatten(gradient)), 1) as Tensor1D;
  return tf.div(gradient, perExample(tf.maximum(mean, tiny) as Tensor1D, gradient));
}
