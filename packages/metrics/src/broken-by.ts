/**
 * Which member of an attack broke what: for attacks that are several in one (restarts, AutoAttack), how many of the examples that
 * were right fell to the first member, to the second, and so on.
 */
import type { Metric } from '@groundstate/core';
import { correctOnClean } from './correctness';
import { joined } from './named';

/** Counts of examples. `right`: on the clean input; `earlier`: fell to an attack before this one, where only survivors are attacked. */
export type Breaks = { readonly right: number; readonly earlier: number; readonly members: readonly number[] };

type Value = { readonly [attack: string]: Breaks };

/**
 * By attack. Members at the end that broke nothing are not listed. Where each member meets what the earlier ones left standing,
 * `right - earlier - members[0] - .. - members[i]` examples still stand after member i.
 *
 * @example
 * evaluate(model, examples, { metrics: [brokenBy()], attacks: { 'auto-attack': autoAttack() }, threat, seed: 0 });
 */
export function brokenBy(): Metric<Value, Value, 'brokenBy'> {
  return {
    name: 'brokenBy',
    init: () => ({}),
    update: async (state, seen) => {
      const correct = await correctOnClean(seen);
      const added: Record<string, Breaks> = {};
      for (const [name, { success, by }] of Object.entries(seen.attacked)) {
        const fooled = await success.data();
        const members: number[] = [];
        let [right, earlier] = [0, 0];
        for (const [row, member] of by.entries()) {
          if (!correct[row]) continue;
          right++;
          if (!fooled[row]) continue;
          if (member < 0) earlier++;
          else {
            while (members.length <= member) members.push(0);
            members[member]!++;
          }
        }
        added[name] = { right, earlier, members };
      }
      return joined(state, added, add);
    },
    merge: (left, right) => joined(left, right, add),
    compute: (state) => state,
  };
}

function add(left: Breaks, right: Breaks): Breaks {
  const length = Math.max(left.members.length, right.members.length);
  return {
    right: left.right + right.right,
    earlier: left.earlier + right.earlier,
    members: Array.from({ length }, (_, i) => (left.members[i] ?? 0) + (right.members[i] ?? 0)),
  };
}
