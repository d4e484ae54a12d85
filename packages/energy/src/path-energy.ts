/**
 * The energy regulariser: the mean of D_K(x, r) over the batch, r from a short inner ascent that is held constant.
 */
import { checkKeys, type Objective } from '@groundstate/core';
import { discretePathEnergy } from './discrete-path-energy';
import { type FormOptions, formOf } from './form';
import { checkSegments, type PathConstants, type PathOptions, pathObjective } from './path-objective';
import { checkVirtual } from './subject';

/** Options of `pathEnergy`: the path, its segments, the form. */
export interface PathEnergyOptions extends PathOptions, FormOptions {}

/**
 * Costs the adversary's gradient evaluations, K more, and the clean one, which is shared where the model has no batch
 * statistics. With batch statistics the loss of one example depends on its batch: then all K + 1 points are taken in
 * inference mode, and nothing is shared. A virtual energy takes one forward pass more. Points of small batches are seen
 * together, with the same numbers: see `logitsTogether` of core.
 *
 * @example
 * sum(cleanLoss(), scale(1, pathEnergy({ adversary })));
 */
export function pathEnergy(options: PathEnergyOptions): Objective<PathConstants> {
  const owner = 'pathEnergy';
  checkKeys(owner, options, ['adversary', 'segments', 'virtual', 'form', 'huberDelta']);
  const virtual = checkVirtual(owner, options.virtual);
  return pathObjective({
    owner,
    name: 'path-energy',
    term: virtual ? 'virtualEnergy' : 'energy',
    adversary: options.adversary,
    segments: checkSegments(owner, options.segments),
    virtual,
    form: formOf(owner, options),
    measure: discretePathEnergy,
  });
}
