/**
 * The picture of what the energy does and an end-point penalty does not: the mean of D_1, D_2, D_4 and D_8 along one and
 * the same path per example. The path is the final iterate of an ascent, never a verdict: a verdict holds the clean input
 * wherever the model resisted, and the energy of that path is zero.
 */
import { type Adversary, ascend, checkKeys, expected, GroundstateError, type Metric } from '@groundstate/core';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { discretePathEnergy, pathLosses, pathVariation } from './discrete-path-energy';

type Figures = { readonly [figure: string]: number };
/** Sums of the finite values, and how many were not. */
type State = { readonly n: number; readonly sums: Figures; readonly nonFinite: Figures };

/** A mean by figure, and by figure how many examples it leaves out. */
export type EnergyProfile = { readonly [figure: string]: number | null | { readonly [figure: string]: number } };

/**
 * Values: `{ D1, D2, D4, D8 }`, in squared units of the loss (`null` where there is no example), and `TV1`, ... where asked.
 * Examples whose energy is NaN or infinite are left out of its mean and counted: `nonFinite: { D8: 3 }` stands beside the
 * means then, and only then. The means say nothing beside such a count.
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
}): Metric<State, EnergyProfile, 'energy'> {
  checkKeys('energyProfile', options, ['adversary', 'segments', 'variation']);
  const { adversary, segments = [1, 2, 4, 8], variation = false } = options;
  const { mode = 'inference' } = adversary;
  if (adversary.on !== 'labelled') throw expected('energyProfile', 'adversary.on', "'labelled'", adversary.on, 'D_K needs the labels.');
  const finest = Math.max(...segments);
  if (segments.length === 0 || !segments.every((k) => Number.isInteger(k) && k > 0 && finest % k === 0)) {
    throw expected('energyProfile', 'segments', 'divisors of the largest of them', segments);
  }
  const names = [...segments.map((k) => `D${k}`), ...(variation ? segments.map((k) => `TV${k}`) : [])];
  const figures = (value: (name: string, i: number) => number): Figures =>
    Object.fromEntries(names.map((name, i) => [name, value(name, i)]));
  const zeros = figures(() => 0);
  return {
    name: 'energy',
    init: () => ({ n: 0, sums: zeros, nonFinite: zeros }),
    update: async (state, { model, batch, noise }) => {
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
      const total = (start: number, energy: ArrayLike<number>): number =>
        Array.from(energy).reduce((sum, value) => (Number.isFinite(value) ? sum + value : sum), start);
      const lost = (energy: ArrayLike<number>): number => Array.from(energy).filter((value) => !Number.isFinite(value)).length;
      return {
        n: state.n + batch.ids.length,
        sums: figures((name, i) => total(figureOf(state.sums, name), values[i]!)),
        nonFinite: figures((name, i) => figureOf(state.nonFinite, name) + lost(values[i]!)),
      };
    },
    merge: (left, right) => ({
      n: left.n + right.n,
      sums: figures((name) => figureOf(left.sums, name) + figureOf(right.sums, name)),
      nonFinite: figures((name) => figureOf(left.nonFinite, name) + figureOf(right.nonFinite, name)),
    }),
    compute: ({ n, sums, nonFinite }) => {
      const means = names.map((name): [string, number | null] => {
        const counted = n - figureOf(nonFinite, name);
        return [name, counted === 0 ? null : figureOf(sums, name) / counted];
      });
      const left = Object.entries(nonFinite).filter(([, count]) => count > 0);
      return { ...Object.fromEntries(means), ...(left.length > 0 ? { nonFinite: Object.fromEntries(left) } : {}) };
    },
  };
}

/** A sum that went through JSON as NaN came back as `null`, and must not pass for 0. */
function figureOf(figures: Figures | undefined, name: string): number {
  const value: unknown = figures?.[name];
  if (typeof value === 'number') return value;
  throw new GroundstateError(
    'corrupt',
    `energyProfile: expected the state to hold a number for ${name}, got ${String(value)}. Start the evaluation anew.`,
  );
}
