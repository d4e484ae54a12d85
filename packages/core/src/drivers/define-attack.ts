import type { AttackCard, AttackState, StepAttack, StepAttackDefinition } from '../contract/attack';
import { checkNumber, expected } from '../errors';

/**
 * Makes an attack of its mathematics. Authors keep their own state type; users see an opaque `StepAttack`.
 * Write pure, synchronous functions: the drivers own memory, verdicts, progress and cancellation. `step` brings its iterate
 * back itself, with `threat.norm.project`: `perturb` refuses candidates outside ball or box, and `ascend` returns what it is given.
 *
 * @example
 * export const mine = (): StepAttack => defineAttack({ card, steps: 10, init, step });
 */
export function defineAttack<S extends AttackState>(definition: StepAttackDefinition<S>): StepAttack {
  const { card, steps } = definition;
  checkCard('defineAttack', card);
  checkNumber(card.name, 'steps', steps, { integer: true, min: 0 });
  // The driver hands each state back to the attack that made it, so the author's type is safe behind the opaque one.
  return { ...definition, kind: 'steps' } as unknown as StepAttack;
}

/** Names are part of file names and of command lines; a card without norms or goals fits nothing. */
export function checkCard(owner: string, card: AttackCard): void {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(card.name)) throw expected(owner, 'card.name', 'in kebab-case', card.name);
  if (card.norms.length === 0) throw expected(owner, 'card.norms', 'at least one norm', card.norms);
  if (card.goals.length === 0) throw expected(owner, 'card.goals', 'at least one goal', card.goals);
}
