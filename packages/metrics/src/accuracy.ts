/** The share of clean examples that are classified right, with its interval. */
import type { Metric } from '@groundstate/core';
import { correctOnClean } from './correctness';
import { type Proportion, wilson } from './wilson';

type State = { readonly right: number; readonly n: number };

/**
 * @example
 * evaluate(model, examples, { metrics: [accuracy()], attacks: {}, threat, seed: 0 });
 */
export function accuracy(): Metric<State, Proportion, 'accuracy'> {
  return {
    name: 'accuracy',
    init: () => ({ right: 0, n: 0 }),
    update: async ({ right, n }, seen) => {
      const values = await correctOnClean(seen);
      return { right: right + values.reduce((sum, value) => sum + value, 0), n: n + values.length };
    },
    merge: (left, right) => ({ right: left.right + right.right, n: left.n + right.n }),
    compute: ({ right, n }) => wilson(right, n),
  };
}
