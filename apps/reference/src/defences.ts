/** The defences of the pipeline, side by side: same network, same data order, and adversaries of equal cost. */
import { pgd } from '@groundstate/attacks';
import { adversarialTraining, standard } from '@groundstate/baselines';
import type { Adversary, Defence, ThreatModel } from '@groundstate/core';
import { energyRegularisation } from '@groundstate/energy';

/** Gradient evaluations an example and step: 1; 7 + 1; 5 + 2 + 1. */
export function defencesFor(threat: ThreatModel): readonly Defence[] {
  return [standard(), adversarialTraining({ attack: pgd({ steps: 7 }), threat }), energyRegularisation({ threat })];
}

/** Whom a defence trains against, in a few words; null where it has no adversary. */
export function describeAdversary(defence: Defence): string | null {
  const describe = ({ attack, threat }: Adversary): string =>
    `${attack.card.name}, ${attack.steps} steps, ${threat.norm.name} ${threat.epsilon}`;
  return defence.objective.adversaries?.map(describe).join('; ') ?? null;
}
