/**
 * The share of all examples that are classified right and that the attack did not fool: for every attack, and under `worst`
 * for the examples that none of them fooled. An example counts once, for whichever attack breaks it.
 */
import type { Metric } from '@groundstate/core';
import { correctOnClean } from './correctness';
import { type Proportion, wilson } from './wilson';

type State = { readonly n: number; readonly standing: { readonly [attack: string]: number } };

/**
 * @example
 * evaluate(model, examples, { metrics: [robustAccuracy()], attacks: { 'apgd-ce': apgdCe() }, threat, seed: 0 });
 */
export function robustAccuracy(): Metric<State, { readonly [attack: string]: Proportion }> {
  return {
    name: 'robustAccuracy',
    init: () => ({ n: 0, standing: {} }),
    update: async ({ n, standing }, seen) => {
      const worst = await correctOnClean(seen);
      const correct = Uint8Array.from(worst);
      const added: Record<string, number> = { ...standing };
      for (const [name, { success }] of Object.entries(seen.attacked)) {
        const fooled = await success.data();
        added[name] = (added[name] ?? 0) + correct.reduce((sum, right, i) => sum + (right && !fooled[i] ? 1 : 0), 0);
        for (const [i, value] of fooled.entries()) if (value) worst[i] = 0;
      }
      added.worst = (added.worst ?? 0) + worst.reduce((sum, value) => sum + value, 0);
      return { n: n + correct.length, standing: added };
    },
    merge: (left, right) => {
      const names = new Set([...Object.keys(left.standing), ...Object.keys(right.standing)]);
      const add = (name: string): number => (left.standing[name] ?? 0) + (right.standing[name] ?? 0);
      return { n: left.n + right.n, standing: Object.fromEntries([...names].map((name) => [name, add(name)])) };
    },
    compute: ({ n, standing }) => Object.fromEntries(Object.entries(standing).map(([name, count]) => [name, wilson(count, n)])),
  };
}
