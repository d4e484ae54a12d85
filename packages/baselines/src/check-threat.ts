/** What the defences with an adversary of their own check at construction; the drivers check the rest. */
import { checkNumber, expected, type ThreatModel } from '@groundstate/core';

/** A budget under one of the norms that the defence is defined for. Returns it. */
export function checkThreat(owner: string, threat: ThreatModel | undefined, norms: readonly string[]): ThreatModel {
  const name = threat?.norm?.name;
  if (!threat || name === undefined || !norms.includes(name)) {
    throw expected(owner, 'threat.norm', `one that it is defined for (${norms.join(', ')})`, name);
  }
  checkNumber(owner, 'threat.epsilon', threat.epsilon, { min: 0 });
  return threat;
}
