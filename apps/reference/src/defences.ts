/** The defences of the pipeline, side by side: same network, same data order, and adversaries of equal cost. */
import { type Defence, expected, type ThreatModel } from '@groundstate/core';
import { runDefaults } from './config/defaults';
import { defenceNamed } from './registry/defences';

/** As `--defence` takes them. Those of the default cost 1; 7 + 1; 5 + 2 + 1 gradient evaluations an example and step. */
export function defencesFor(threat: ThreatModel, specs: readonly string[] = runDefaults.defences): readonly Defence[] {
  const defences = specs.map((spec) => defenceNamed(spec, threat));
  const names = defences.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw expected('--defence', 'defences', 'a list in which nobody stands twice', twice);
  return defences;
}
