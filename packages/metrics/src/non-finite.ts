/**
 * How many examples have logits that are NaN or infinite. NaN is no class, so it never counts as fooled: without this count
 * a model that overflows near its inputs passes for a robust one.
 */
import type { Metric } from '@groundstate/core';
import { joined } from './named';
import { finiteRow, type ViewOptions, viewsFor } from './views';

type State = { readonly n: number; readonly any: number; readonly examples: { readonly [view: string]: number } };

/**
 * Value: `examples` by view (`clean`, each attack, each adversary), `any` the examples that at least one view counts, of `n`.
 * All should be 0; a robust accuracy beside any other number means nothing.
 *
 * A verdict whose attack failed, as one that met NaN does, holds the clean input: what lies in the ball shows at the last
 * iterate of `adversaries` only, so give one.
 *
 * @example
 * nonFinite({ adversaries: { 'pgd-end': { attack: pgd(), threat, on: 'labelled' } } });
 */
export function nonFinite(options: ViewOptions = {}): Metric<State, State, 'nonFinite'> {
  const views = viewsFor('nonFinite', options);
  return {
    name: 'nonFinite',
    init: () => ({ n: 0, any: 0, examples: {} }),
    update: async (state, seen) => {
      const n = seen.batch.ids.length;
      const any = new Set<number>();
      const examples: Record<string, number> = {};
      for (const { name, logits } of await views(seen)) {
        const rows = Array.from({ length: n }, (_, row) => row).filter((row) => !finiteRow(logits, row, logits.length / n));
        examples[name] = rows.length;
        for (const row of rows) any.add(row);
      }
      return sum(state, { n, any: any.size, examples });
    },
    merge: sum,
    compute: (state) => state,
  };
}

function sum(left: State, right: State): State {
  return {
    n: left.n + right.n,
    any: left.any + right.any,
    examples: joined(left.examples, right.examples, (first, second) => first + second),
  };
}
