/**
 * The picture of what the energy does and an end-point penalty does not: the mean of D_1, D_2, D_4 and D_8 along one and
 * the same path per example. The path is the final iterate of an ascent, never a verdict: a verdict holds the clean input
 * wherever the model resisted, and the energy of that path is zero.
 */
import { type Adversary, ascend, checkKeys, expected, type Metric } from '@groundstate/core';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { discretePathEnergy, pathLosses, pathVariation } from './discrete-path-energy';

type State = { readonly n: number; readonly sums: { readonly [segments: string]: number } };

/**
 * Values: `{ D1, D2, D4, D8 }`, in squared units of the loss (`null` before the first example), and `TV1`, ... where asked.
 *
 * @example
 * energyProfile({ adversary: { attack: energyPath(), threat, on: 'labelled' } });
 */
export function energyProfile(options: {
  readonly adversary: Adversary;
  /** Powers of two, so that each path refines the last. @default [1, 2, 4, 8] */
  readonly segments?: readonly number[];
  /** TV_1, TV_2, ... beside them, in units of the loss. @default false */
  readonly variation?: boolean;
}): Metric<State, { readonly [name: string]: number | null }> {
  checkKeys('energyProfile', options, ['adversary', 'segments', 'variation']);
  const { adversary, segments = [1, 2, 4, 8], variation = false } = options;
  const { mode = 'inference' } = adversary;
  if (adversary.on !== 'labelled') throw expected('energyProfile', 'adversary.on', "'labelled'", adversary.on, 'D_K needs the labels.');
  const finest = Math.max(...segments);
  if (segments.length === 0 || !segments.every((k) => Number.isInteger(k) && k > 0 && finest % k === 0)) {
    throw expected('energyProfile', 'segments', 'divisors of the largest of them', segments);
  }
  const names = [...segments.map((k) => `D${k}`), ...(variation ? segments.map((k) => `TV${k}`) : [])];
  return {
    name: 'energy',
    init: () => ({ n: 0, sums: Object.fromEntries(names.map((name) => [name, 0])) }),
    update: async ({ n, sums }, { model, batch, noise }) => {
      const energies = tf.tidy(() => {
        const { inputs, labels } = batch;
        const goal = { kind: 'misclassify' as const, labels };
        const end = ascend(adversary.attack, {
          model,
          inputs,
          goal,
          threat: adversary.threat,
          noise: noise.stream('energy-profile'),
          mode,
        });
        const losses = pathLosses(model, { inputs, end, labels, segments: finest, mode: 'inference' });
        const paths = segments.map((k) => losses.filter((_, i) => i % (finest / k) === 0));
        return [...paths.map((path) => discretePathEnergy(path)), ...(variation ? paths.map((path) => pathVariation(path)) : [])];
      });
      const values = await Promise.all(energies.map((energy: Tensor1D) => energy.data()));
      tf.dispose(energies);
      // Added one example at a time: a sum must not depend on how the batches were cut.
      const total = (start: number, energy: ArrayLike<number>): number => Array.from(energy).reduce((sum, value) => sum + value, start);
      const added = Object.fromEntries(names.map((name, i) => [name, total(sums[name] ?? 0, values[i]!)]));
      return { n: n + batch.ids.length, sums: added };
    },
    merge: (left, right) => ({
      n: left.n + right.n,
      sums: Object.fromEntries(names.map((name) => [name, (left.sums[name] ?? 0) + (right.sums[name] ?? 0)])),
    }),
    compute: ({ n, sums }) => Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, n === 0 ? null : sum / n])),
  };
}
