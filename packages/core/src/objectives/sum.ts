import type { Adversary, Objective, Terms } from '../contract/objective';
import { expected } from '../errors';

/**
 * The sum of objectives: all their terms, side by side. Each keeps its own constants; an adversary that several hold is
 * attacked once. Throws at construction when two terms share a name.
 *
 * @example
 * sum(cleanLoss(), pathEnergy({ adversary }));
 */
export function sum(...objectives: readonly Objective[]): Objective<readonly unknown[]> {
  if (objectives.length === 0) throw expected('sum', 'objectives', 'at least one objective', objectives);
  const terms = objectives.flatMap((objective) => objective.terms);
  const twice = terms.find((term, i) => terms.indexOf(term) !== i);
  if (twice !== undefined) throw expected('sum', 'terms', 'different names', twice, 'Two objectives report a term of this name.');
  const adversaries = [...new Set(objectives.flatMap((objective): readonly Adversary[] => objective.adversaries ?? []))];
  return {
    name: objectives.map((objective) => objective.name).join(' + '),
    terms,
    ...(adversaries.length > 0 ? { adversaries } : {}),
    prepare: (context) => objectives.map((objective) => objective.prepare?.(context)),
    evaluate: (context, constants): Terms =>
      Object.assign({}, ...objectives.map((objective, i) => objective.evaluate(context, constants[i]))),
  };
}
