/**
 * The discrete path energy, D_K(x, r) = K sum_k (l(x + (k+1) r / K) - l(x + k r / K))^2 over K segments: how much the loss
 * moves along the way to x + r, and not only at its end. D_1 is the squared gap that adversarial training sees; refining
 * never lowers it (D_1 <= D_2 <= D_4 ...), and its limit is the path energy, the integral of <grad l, r>^2.
 *
 * The energy view of robustness: "On model robustness against adversarial examples", S. Zhang, K. Huang, Z. Xu, 2019
 * (arXiv 1911.06479). The definition is our reading of it: the README says how far it goes.
 */
import { crossEntropyOf, expected, logitsTogether, type Mode, type Model, type Noise } from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { pointOn } from './path-objective';

/**
 * D_K of every example, `[n]`, from the losses `[n]` at the K + 1 points of its path. In squared units of the loss. Element
 * by element: of losses `[n, classes]` it gives the energies of the loss of every class.
 *
 * @example
 * discretePathEnergy(pathLosses(model, { inputs, end, labels, segments: 2, mode: 'inference' }));
 */
export function discretePathEnergy<T extends Tensor>(losses: readonly T[]): T {
  return tf.mul(losses.length - 1, sumOver(differences('discretePathEnergy', losses).map((difference) => tf.square(difference)))) as T;
}

/**
 * The total variation along the path, TV_K = sum_k |l_(k+1) - l_k|, `[n]`. TV_1 is the size of the gap that adversarial
 * training lowers.
 *
 * @example
 * pathVariation(pathLosses(model, { inputs, end, labels, segments: 2, mode: 'inference' }));
 */
export function pathVariation<T extends Tensor>(losses: readonly T[]): T {
  return sumOver(differences('pathVariation', losses).map((difference) => tf.abs(difference)));
}

/**
 * Cross-entropies at x, x + r/K, ..., x + r, where `end` is x + r: K + 1 tensors `[n]`, one forward pass each, of small batches
 * together.
 *
 * @example
 * const [clean, middle, last] = pathLosses(model, { inputs, end, labels, segments: 2, mode: 'inference' });
 */
export function pathLosses(
  model: Model,
  path: {
    readonly inputs: Tensor;
    readonly end: Tensor;
    readonly labels: Tensor1D;
    readonly segments: number;
    readonly mode: Mode;
    readonly noise?: Noise;
  },
): Tensor1D[] {
  const { inputs, end, labels, segments, mode, noise } = path;
  const points = Array.from({ length: segments + 1 }, (_, k) => pointOn(inputs, end, k / segments));
  return logitsTogether(model, points, noise ? { mode, noise } : { mode }).map((logits) => crossEntropyOf(logits, labels));
}

function differences<T extends Tensor>(owner: string, losses: readonly T[]): T[] {
  if (losses.length < 2) throw expected(owner, 'losses', 'at least two points', losses.length);
  return losses.slice(1).map((loss, k) => tf.sub(loss, losses[k]!) as T);
}

function sumOver<T extends Tensor>(parts: readonly T[]): T {
  return parts.reduce((total, part) => tf.add(total, part) as T);
}
