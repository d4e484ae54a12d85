/**
 * How large the perturbations are that fooled the model: mean and median over the examples that were right and then fooled,
 * for every attack, and under `worst` the smallest that any attack needed for each example.
 */
import type { Metric } from '@groundstate/core';
import { correctOnClean } from './correctness';
import { meanOf, quantile } from './distribution';
import { joined } from './named';

type State = { readonly [attack: string]: readonly number[] };
type Value = { readonly [attack: string]: { readonly mean: number | null; readonly median: number | null; readonly n: number } };

/**
 * In the norm of the threat; `null` where nothing was fooled. Says something of attacks that look for the smallest
 * perturbation: one of fixed budget uses what it may.
 *
 * @example
 * evaluate(model, examples, { metrics: [perturbationSize()], attacks: { 'apgd-ce': apgdCe() }, threat, seed: 0 });
 */
export function perturbationSize(): Metric<State, Value, 'perturbationSize'> {
  return {
    name: 'perturbationSize',
    init: () => ({}),
    update: async (state, seen) => {
      const correct = await correctOnClean(seen);
      const smallest = new Array<number>(correct.length).fill(Number.POSITIVE_INFINITY);
      const added: Record<string, readonly number[]> = {};
      for (const [name, { success, distance }] of Object.entries(seen.attacked)) {
        const [fooled, sizes] = await Promise.all([success.data(), distance.data()]);
        const counts = (i: number): boolean => correct[i] === 1 && fooled[i] !== 0;
        added[name] = Array.from(sizes).filter((_, i) => counts(i));
        for (const [i, size] of sizes.entries()) if (counts(i)) smallest[i] = Math.min(smallest[i]!, size);
      }
      return joined(state, { ...added, worst: smallest.filter(Number.isFinite) }, append);
    },
    merge: (left, right) => joined(left, right, append),
    compute: (state) => Object.fromEntries(Object.entries(state).map(([name, sizes]) => [name, summary(sizes)])),
  };
}

function append(left: readonly number[], right: readonly number[]): readonly number[] {
  return [...left, ...right];
}

function summary(sizes: readonly number[]): Value[string] {
  const sorted = [...sizes].sort((a, b) => a - b);
  return { mean: meanOf(sorted), median: quantile(sorted, 0.5), n: sorted.length };
}
