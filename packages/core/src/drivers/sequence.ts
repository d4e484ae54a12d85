/** Several attacks as one value. */
import type { Attack, AttackCard, Goal, Sequence } from '../contract/attack';
import { checkNumber, checkOneOf, expected } from '../errors';

/**
 * Runs `members` in order. `first`: each where no earlier one succeeded (restarts, AutoAttack); `nearest`: all, keeping
 * the smallest perturbation; `worst`: all, keeping the one with the highest margin. Draws of different members are independent.
 *
 * @example
 * sequence({ name: 'apgd-then-square', members: [apgdCe(), square()], keep: 'first' });
 */
export function sequence(options: {
  readonly name: string;
  readonly members: readonly Attack[];
  readonly keep: Sequence['keep'];
  /** @default the papers of the members */
  readonly paper?: string;
}): Sequence {
  const { name, members, keep } = options;
  checkOneOf('sequence', 'keep', keep, ['first', 'nearest', 'worst']);
  const cards = members.map((member) => member.card);
  const [head] = cards;
  if (!head) throw expected('sequence', 'members', 'at least one attack', members);
  const norms = head.norms.filter((norm) => cards.every((card) => card.norms.includes(norm)));
  const names = cards.map((card) => card.name);
  if (norms.length === 0) throw expected('sequence', 'members', 'attacks with a norm in common', names);
  const goals = head.goals.filter((goal): goal is Goal['kind'] => cards.every((card) => card.goals.includes(goal)));
  if (goals.length === 0) throw expected('sequence', 'members', 'attacks with a goal in common', names);
  const access: AttackCard['access'] = cards.some((card) => card.access === 'gradients')
    ? 'gradients'
    : cards.some((card) => card.access === 'logits')
      ? 'logits'
      : 'labels';
  const budget: AttackCard['budget'] = cards.every((card) => card.budget === 'minimum') ? 'minimum' : 'fixed';
  const paper = options.paper ?? [...new Set(cards.map((card) => card.paper))].join('; ');
  return { kind: 'sequence', card: { name, norms, goals, access, budget, paper }, members, keep };
}

/**
 * The same attack `count` times, each with draws of its own, on the examples that still stand.
 *
 * @example
 * restarts(pgd({ steps: 40 }), 10);
 */
export function restarts(attack: Attack, count: number): Sequence {
  checkNumber('restarts', 'count', count, { integer: true, min: 1 });
  const members = new Array<Attack>(count).fill(attack);
  return sequence({ name: `${attack.card.name}-x${count}`, members, keep: attack.card.budget === 'minimum' ? 'nearest' : 'first' });
}
