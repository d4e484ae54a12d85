/** How large the perturbations are that fooled the model: mean and median over the examples that were right and then fooled. */
import type { Metric } from '@groundstate/core';
import { correctOnClean } from './correctness';

type State = { readonly [attack: string]: readonly number[] };
type Value = { readonly [attack: string]: { readonly mean: number | null; readonly median: number | null; readonly n: number } };

/**
 * In the norm of the threat; `null` where nothing was fooled.
 *
 * @example
 * evaluate(model, examples, { metrics: [perturbationSize()], attacks: { 'apgd-ce': apgdCe() }, threat, seed: 0 });
 */
export function perturbationSize(): Metric<State, Value> {
  return {
    name: 'perturbationSize',
    init: () => ({}),
    update: async (state, seen) => {
      const correct = await correctOnClean(seen);
      const next: Record<string, readonly number[]> = { ...state };
      for (const [name, { success, distance }] of Object.entries(seen.attacked)) {
        const [fooled, sizes] = await Promise.all([success.data(), distance.data()]);
        next[name] = [...(next[name] ?? []), ...Array.from(sizes).filter((_, i) => correct[i] && fooled[i])];
      }
      return next;
    },
    merge: (left, right) => {
      const names = new Set([...Object.keys(left), ...Object.keys(right)]);
      return Object.fromEntries([...names].map((name) => [name, [...(left[name] ?? []), ...(right[name] ?? [])]]));
    },
    compute: (state) => Object.fromEntries(Object.entries(state).map(([name, sizes]) => [name, summary(sizes)])),
  };
}

function summary(sizes: readonly number[]): Value[string] {
  const n = sizes.length;
  if (n === 0) return { mean: null, median: null, n };
  const sorted = [...sizes].sort((a, b) => a - b);
  const median = (sorted[Math.floor((n - 1) / 2)]! + sorted[Math.ceil((n - 1) / 2)]!) / 2;
  return { mean: sorted.reduce((sum, size) => sum + size, 0) / n, median, n };
}
