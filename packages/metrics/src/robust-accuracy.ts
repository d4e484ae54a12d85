/**
 * The share of all examples that are classified right and that the attack did not fool: for every attack, and under `worst`
 * for the examples that none of them fooled. An example counts once, for whichever attack breaks it.
 */
import type { Metric } from '@groundstate/core';
import { joined } from './named';
import { count, standingOf } from './standing';
import { type Proportion, wilson } from './wilson';

type State = { readonly n: number; readonly standing: { readonly [attack: string]: number } };

/**
 * @example
 * evaluate(model, examples, { metrics: [robustAccuracy()], attacks: { 'apgd-ce': apgdCe() }, threat, seed: 0 });
 */
export function robustAccuracy(): Metric<State, { readonly worst: Proportion; readonly [attack: string]: Proportion }, 'robustAccuracy'> {
  return {
    name: 'robustAccuracy',
    init: () => ({ n: 0, standing: {} }),
    update: async ({ n, standing }, seen) => {
      const { clean, attacks, worst } = await standingOf(seen);
      const added = Object.fromEntries(Object.entries({ ...attacks, worst }).map(([name, values]) => [name, count(values)]));
      return { n: n + clean.length, standing: joined(standing, added, add) };
    },
    merge: (left, right) => ({ n: left.n + right.n, standing: joined(left.standing, right.standing, add) }),
    compute: ({ n, standing }) => ({
      ...Object.fromEntries(Object.entries(standing).map(([name, count]) => [name, wilson(count, n)])),
      worst: wilson(standing.worst ?? 0, n),
    }),
  };
}

const add = (left: number, right: number): number => left + right;
