/** Two models on the same examples under the same attack: the difference in accuracy, paired example by example. */
import { expected } from '@groundstate/core';
import type { Outcomes } from './outcomes';
import { type PairedDifference, pairedDifference } from './paired-difference';

/**
 * `name`: `clean`, an attack that both were evaluated with, or `worst`. Throws where the examples are not the same ones.
 * Of several seeds: `seedSummary` of the differences.
 *
 * @example
 * compareOutcomes(ours.values.outcomes, theirs.values.outcomes, 'apgd-ce');
 */
export function compareOutcomes(left: Outcomes, right: Outcomes, name = 'worst'): PairedDifference {
  if (left.ids.length !== right.ids.length || left.ids.some((id, i) => id !== right.ids[i])) {
    throw expected('compareOutcomes', 'right.ids', 'those of `left`', [...right.ids], 'Evaluate both models on the same examples.');
  }
  const [first, second] = [left.standing[name], right.standing[name]];
  if (first === undefined || second === undefined) {
    const shared = Object.keys(left.standing).filter((other) => other in right.standing);
    throw expected('compareOutcomes', 'name', `one that both have (${shared.join(', ')})`, name);
  }
  return pairedDifference({ left: first, right: second });
}
