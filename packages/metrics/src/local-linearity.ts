/**
 * How far the loss is from a linear function of the input inside the ball. gamma(r) = |l(x + r) - l(x) - <g(x), r>|, g the gradient of
 * the loss, at the end of an adversary's path and at random points; and the alignment of gradients, cos(g(x), g(x + r)), at
 * the random points. A model whose loss is rippled to defeat gradients has large gamma and low alignment.
 *
 * Source: "Adversarial robustness through local linearization", C. Qin et al., 2019 (arXiv 1907.02610), for gamma; "Understanding
 * and improving fast adversarial training", M. Andriushchenko, N. Flammarion, 2020 (arXiv 2007.02617), for the alignment.
 */
import {
  type Adversary,
  ascend,
  checkKeys,
  checkNumber,
  crossEntropyOf,
  euclidean,
  expected,
  flatten,
  freeFailedTape,
  type Metric,
  type Observation,
  unit,
} from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Options of `localLinearity`: the ball, and the points that are looked at. */
export interface LocalLinearityOptions {
  /** Whose last iterates are the ends of the paths; its threat is the ball. */
  readonly adversary: Adversary;
  /** Random points of the ball for each example, uniform in its volume and then brought into the box. @default 1 */
  readonly draws?: number;
}

/** `worst` is the largest gamma, the smallest cosine. */
type Part = { readonly n: number; readonly sum: number; readonly worst: number | null };
type State = { readonly n: number; readonly nonFinite: number; readonly ascent: Part; readonly random: Part; readonly alignment: Part };
type Figure = { readonly mean: number | null; readonly worst: number | null };

/** What `localLinearity` found. */
export type LocalLinearity = {
  /** gamma at the end of the path, in units of the loss: a lower estimate of its maximum over the ball, which Qin et al. ascend. */
  readonly ascent: Figure;
  /** gamma at the random points. */
  readonly random: Figure;
  /** Of the pairs where both gradients are other than zero; 1 for a linear model. */
  readonly alignment: Figure & { readonly n: number };
  /** Values that were left out because they were not finite. */
  readonly nonFinite: number;
  readonly n: number;
};

/**
 * The loss is the cross-entropy, in inference mode. Costs the adversary's passes, two forward and one backward pass, one
 * more forward pass, and for each draw two forward passes and one backward pass an example.
 *
 * @example
 * localLinearity({ adversary: { attack: pgd({ steps: 10 }), threat, on: 'labelled' } });
 */
export function localLinearity(options: LocalLinearityOptions): Metric<State, LocalLinearity, 'localLinearity'> {
  checkKeys('localLinearity', options, ['adversary', 'draws']);
  const { adversary } = options;
  const draws = checkNumber('localLinearity', 'draws', options.draws ?? 1, { integer: true, min: 1 });
  if (adversary?.on !== 'labelled')
    throw expected('localLinearity', 'adversary.on', "'labelled'", adversary?.on, 'The loss needs the labels.');
  return {
    name: 'localLinearity',
    init: () => ({ n: 0, nonFinite: 0, ascent: none, random: none, alignment: none }),
    update: async (state, seen) => {
      const { ends, points } = await measure(seen, adversary, draws);
      let { nonFinite, ascent, random, alignment } = state;
      const take = (part: Part, value: number, worse: (a: number, b: number) => number): Part => {
        if (Number.isFinite(value)) return { n: part.n + 1, sum: part.sum + value, worst: worse(part.worst ?? value, value) };
        nonFinite++;
        return part;
      };
      // One example after the other: sums must not depend on how the batches were cut.
      for (const i of seen.batch.ids.keys()) {
        ascent = take(ascent, gammaOf(ends, i), Math.max);
        for (const point of points) {
          random = take(random, gammaOf(point, i), Math.max);
          if (point.directed[i]) alignment = take(alignment, point.cosine[i]!, Math.min);
        }
      }
      return { n: state.n + seen.batch.ids.length, nonFinite, ascent, random, alignment };
    },
    merge: (left, right) => ({
      n: left.n + right.n,
      nonFinite: left.nonFinite + right.nonFinite,
      ascent: add(left.ascent, right.ascent, Math.max),
      random: add(left.random, right.random, Math.max),
      alignment: add(left.alignment, right.alignment, Math.min),
    }),
    compute: ({ n, nonFinite, ascent, random, alignment }) => ({
      ascent: figure(ascent),
      random: figure(random),
      alignment: { ...figure(alignment), n: alignment.n },
      nonFinite,
      n,
    }),
  };
}

const none: Part = { n: 0, sum: 0, worst: null };

function add(left: Part, right: Part, worse: (a: number, b: number) => number): Part {
  const worst = left.worst === null ? right.worst : right.worst === null ? left.worst : worse(left.worst, right.worst);
  return { n: left.n + right.n, sum: left.sum + right.sum, worst };
}

function figure({ n, sum, worst }: Part): Figure {
  return { mean: n === 0 ? null : sum / n, worst };
}

/** Per example: the loss at x and at x + r, and <g(x), r>. */
type Probe = Readonly<Record<'clean' | 'loss' | 'slope', ArrayLike<number>>>;
/** `directed`: 1 where neither gradient is zero. */
type Point = Probe & Readonly<Record<'cosine' | 'directed', ArrayLike<number>>>;

/** In float64, so that the subtraction adds no rounding of its own. */
function gammaOf({ clean, loss, slope }: Probe, i: number): number {
  return Math.abs(loss[i]! - clean[i]! - slope[i]!);
}

async function measure(
  seen: Observation,
  adversary: Adversary,
  draws: number,
): Promise<{ readonly ends: Probe; readonly points: readonly Point[] }> {
  const { model, batch, noise } = seen;
  const { inputs, labels } = batch;
  const { attack, threat, mode = 'inference' } = adversary;
  const own = noise.stream('local-linearity');
  const tensors = tf.tidy(() => {
    const lossAt = (at: Tensor): Tensor1D => crossEntropyOf(model.logits(at, { mode: 'inference' }), labels);
    const differentiate = tf.grad((at) => tf.sum(lossAt(at)));
    // A copy: a model may hold on to the tensor of the inputs, and the tape must not take that for a dependence.
    const gradientAt = (at: Tensor): Tensor => freeFailedTape(() => differentiate(tf.clone(at)));
    const [clean, gradient] = [lossAt(inputs), gradientAt(inputs)];
    const probe = (at: Tensor): Record<'clean' | 'loss' | 'slope', Tensor> => ({
      clean,
      loss: lossAt(at),
      slope: dot(gradient, tf.sub(at, inputs)),
    });
    const end = ascend(attack, { model, inputs, goal: { kind: 'misclassify', labels }, threat, noise: own.stream('ascent'), mode });
    const points = Array.from({ length: draws }, (_, draw) => {
      const sampled = threat.norm.sample(inputs, threat.epsilon, own.stream('draw', draw));
      const at = threat.norm.project(sampled, inputs, threat.epsilon, model.bounds);
      return { ...probe(at), ...alignmentOf(gradient, gradientAt(at)) };
    });
    return { ends: probe(end), points };
  });
  try {
    return { ends: await readAll(tensors.ends), points: await Promise.all(tensors.points.map(readAll)) };
  } finally {
    tf.dispose(tensors);
  }
}

function alignmentOf(left: Tensor, right: Tensor): Record<'cosine' | 'directed', Tensor> {
  const sizes = [euclidean(left), euclidean(right)] as const;
  const directed = tf.logicalAnd(tf.greater(sizes[0], 0), tf.greater(sizes[1], 0));
  return { cosine: dot(unit(left, sizes[0]), unit(right, sizes[1])), directed };
}

function dot(left: Tensor, right: Tensor): Tensor1D {
  return tf.sum(flatten(tf.mul(left, right)), 1) as Tensor1D;
}

async function readAll<K extends string>(tensors: Record<K, Tensor>): Promise<Record<K, ArrayLike<number>>> {
  const entries = Object.entries(tensors) as [K, Tensor][];
  return Object.fromEntries(await Promise.all(entries.map(async ([name, tensor]) => [name, await tensor.data()]))) as Record<
    K,
    ArrayLike<number>
  >;
}
