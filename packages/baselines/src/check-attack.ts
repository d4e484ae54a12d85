/** What the defences that are given an attack check at construction. */
import { expected, type StepAttack, type ThreatModel } from '@groundstate/core';
import { checkThreat } from './check-threat';

/** A single attack, and a budget under one of the norms that it is defined for. */
export function checkAttack(owner: string, attack: StepAttack | undefined, threat: ThreatModel | undefined): void {
  if (attack?.kind !== 'steps') throw expected(owner, 'attack', 'a single attack, such as pgd()', attack);
  checkThreat(owner, threat, attack.card.norms);
}
