/**
 * Where attacks that see labels alone begin, and how they come back to the decision boundary: a random point of the box that meets the
 * goal, or one between it and the clean input; then the point of that line next to the boundary, by halving.
 */
import { type AttackProblem, checkNumber, choose, clipToBox, expected, type Norm, perExample } from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Options of attacks that begin at a point which meets the goal. */
export interface StartOptions {
  /** Random points that are tried for the start; the nearest that meets the goal is taken. @default 100 */
  readonly tries?: number;
  /**
   * Points that meet the goal, for the examples of these ids, each `[n, ...inputShape]`; tried first. Random points hardly ever meet a
   * target: without `start` an attack has no goal `target`. @default none
   */
  readonly start?: (ids: Int32Array) => Tensor;
}

/** The start of a row so far. */
export type Started = {
  /** The clean input where nothing was found yet. */
  readonly adversarial: Tensor;
  /** 1 where `adversarial` meets the goal. */
  readonly started: Tensor1D;
};

/** A point between the clean input and another one that meets the goal: the boundary lies between two shares of the way. */
export type Bracket = {
  readonly low: Tensor1D;
  readonly high: Tensor1D;
};

/** How much of a random point is in each try: some classes are met only on the way to it. */
const shares = [1, 0.75, 0.5, 0.25];

/** The options, checked, for the attack `owner`. */
export function checkStart(
  owner: string,
  options: StartOptions,
): { readonly tries: number; readonly goals: ('misclassify' | 'target' | 'change')[] } {
  const tries = checkNumber(owner, 'tries', options.tries ?? 100, { integer: true, min: 1 });
  return { tries, goals: options.start ? ['misclassify', 'target', 'change'] : ['misclassify', 'change'] };
}

export function notStarted({ inputs }: AttackProblem): Started {
  return { adversarial: inputs, started: tf.zeros([inputs.shape[0] ?? 0]) as Tensor1D };
}

/** One try for a start: one forward pass. The nearest point stays. */
export function tryStart(
  owner: string,
  { adversarial, started }: Started,
  problem: AttackProblem,
  index: number,
  { start }: StartOptions,
): Started {
  const { inputs, threat, oracle } = problem;
  const point = start && index === 0 ? givenPoint(owner, problem, start) : randomPoint(owner, problem, start ? index - 1 : index);
  const met = oracle.reached(oracle.logits(point));
  const distance = (x: Tensor): Tensor => threat.norm.size(tf.sub(x, inputs));
  const nearer = tf.logicalOr(tf.equal(started, 0), tf.less(distance(point), distance(adversarial)));
  const taken = tf.mul(met, tf.cast(nearer, 'float32')) as Tensor1D;
  return { adversarial: choose(taken, point, adversarial), started: tf.maximum(started, met) as Tensor1D };
}

function givenPoint(owner: string, { inputs, noise, bounds }: AttackProblem, start: (ids: Int32Array) => Tensor): Tensor {
  const point = start(noise.ids);
  const shape = point?.shape;
  if (shape?.join() !== inputs.shape.join())
    throw expected(owner, 'start', `a function that gives points of shape [${inputs.shape.join(', ')}]`, shape);
  return clipToBox(point, bounds);
}

function randomPoint(owner: string, { inputs, noise, bounds }: AttackProblem, index: number): Tensor {
  if (!bounds.every(Number.isFinite)) throw expected(owner, 'bounds', 'finite: the search begins at random points of the box', bounds);
  const far = noise.stream('start', index).uniform(inputs.shape.slice(1), bounds);
  return clipToBox(tf.add(inputs, tf.mul(tf.sub(far, inputs), shares[index % shares.length]!)), bounds);
}

/** Before the first halving. */
export function wholeBracket({ inputs }: AttackProblem): Bracket {
  const n = inputs.shape[0] ?? 0;
  return { low: tf.zeros([n]) as Tensor1D, high: tf.ones([n]) as Tensor1D };
}

/** One halving of the way to `end`: one forward pass. */
export function halve({ low, high }: Bracket, end: Tensor, { inputs, threat, oracle }: AttackProblem): Bracket {
  const middle = tf.mul(0.5, tf.add(low, high)) as Tensor1D;
  const met = oracle.reached(oracle.logits(shareOfWay(inputs, end, middle, threat.norm)));
  return { low: choose(met, low, middle), high: choose(met, middle, high) };
}

/** A share of the way from the clean input: along the line; under linf as much of every coordinate as a ball of that share allows. */
export function shareOfWay(inputs: Tensor, end: Tensor, share: Tensor1D, norm: Norm): Tensor {
  const delta = tf.sub(end, inputs);
  if (norm.name !== 'linf') return tf.add(inputs, tf.mul(delta, perExample(share, delta)));
  const radius = perExample(tf.mul(share, norm.size(delta)) as Tensor1D, delta);
  return tf.add(inputs, tf.minimum(tf.maximum(delta, tf.neg(radius)), radius));
}
