/** The defences of a run, side by side: same network, same data order. */
import { type Defence, expected, type ThreatModel } from '@groundstate/core';
import { defenceNamed } from './registry/defences';

/** As `--defence` takes them. */
export function defencesFor(threat: ThreatModel, specs: readonly string[]): readonly Defence[] {
  const defences = specs.map((spec) => defenceNamed(spec, threat));
  const names = defences.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw expected('--defence', 'defences', 'a list in which nobody stands twice', twice);
  return defences;
}
