/**
 * Which examples a model gets right, one by one: what a paired comparison of two models needs. For the clean inputs, for
 * every attack, and under `worst` for all of them together.
 */
import type { Metric } from '@groundstate/core';
import { joined } from './named';
import { standingOf } from './standing';

/** `standing`: by name one character for each of `ids`, in their order: `1` where the example is right and not fooled. */
export type Outcomes = { readonly ids: readonly number[]; readonly standing: { readonly [name: string]: string } };

/**
 * In ascending order of the ids. Compare two models with `compareOutcomes`.
 *
 * @example
 * evaluate(model, examples, { metrics: [outcomes()], attacks: { 'apgd-ce': apgdCe() }, threat, seed: 0 });
 */
export function outcomes(): Metric<Outcomes, Outcomes, 'outcomes'> {
  return {
    name: 'outcomes',
    init: () => ({ ids: [], standing: {} }),
    update: async (state, seen) => {
      const { clean, attacks, worst } = await standingOf(seen);
      const standing = Object.fromEntries(Object.entries({ clean, ...attacks, worst }).map(([name, values]) => [name, values.join('')]));
      return append(state, { ids: Array.from(seen.batch.ids), standing });
    },
    merge: append,
    compute: ({ ids, standing }) => {
      const places = ids.map((_, i) => i).sort((a, b) => ids[a]! - ids[b]!);
      const inOrder = (values: string): string => places.map((i) => values[i]).join('');
      return {
        ids: places.map((i) => ids[i]!),
        standing: Object.fromEntries(Object.entries(standing).map(([name, values]) => [name, inOrder(values)])),
      };
    },
  };
}

function append(left: Outcomes, right: Outcomes): Outcomes {
  return { ids: [...left.ids, ...right.ids], standing: joined(left.standing, right.standing, (first, second) => first + second) };
}
