import type { Attack, Sequence, StepAttack } from '../contract/attack';
import type { Model } from '../contract/model';
import type { ThreatModel } from '../contract/norm';
import { expected } from '../errors';

/**
 * The attack that a plan makes for this budget and model; any other attack as it is. What a plan makes must be defined for the
 * norm it was made for.
 *
 * @example
 * const { members } = settle(apgdT(), threat, model) as Sequence;
 */
export function settle(attack: Attack, { norm, epsilon }: ThreatModel, { classes }: Pick<Model, 'classes'>): StepAttack | Sequence {
  let settled = attack;
  while (settled.kind === 'plan') settled = settled.plan({ norm: norm.name, epsilon, classes });
  if (settled.card.norms.includes(norm.name)) return settled;
  throw expected(attack.card.name, 'plan', `an attack under ${norm.name}`, `${settled.card.name} (${settled.card.norms.join(', ')})`);
}
