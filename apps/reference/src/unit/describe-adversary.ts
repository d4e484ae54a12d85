import type { Adversary, Defence } from '@groundstate/core';

/** Whom a defence trains against, in a few words; null where it has no adversary. */
export function describeAdversary(defence: Defence): string | null {
  const describe = ({ attack, threat }: Adversary): string =>
    `${attack.card.name}, ${attack.steps} steps, ${threat.norm.name} ${threat.epsilon}`;
  return defence.objective.adversaries?.map(describe).join('; ') ?? null;
}
