/**
 * The total variation of the loss along the path of an adversary: the mean of TV_K(x, r). TV_1 is the size of the gap that
 * adversarial training lowers. Its square is at most D_K: it is the milder penalty where gaps are large.
 */
import { checkKeys, type Objective } from '@groundstate/core';
import { pathVariation } from './discrete-path-energy';
import { formOf } from './form';
import { checkSegments, type PathConstants, type PathOptions, pathObjective } from './path-objective';
import { checkVirtual } from './subject';

/**
 * Costs what `pathEnergy` costs: the adversary's gradient evaluations, K more, and the clean one that is shared.
 *
 * @example
 * sum(cleanLoss(), scale(1, variationEnergy({ adversary })));
 */
export function variationEnergy(options: PathOptions): Objective<PathConstants> {
  const owner = 'variationEnergy';
  checkKeys(owner, options, ['adversary', 'segments', 'virtual']);
  const virtual = checkVirtual(owner, options.virtual);
  return pathObjective({
    owner,
    name: 'path-variation',
    term: virtual ? 'virtualVariation' : 'variation',
    adversary: options.adversary,
    segments: checkSegments(owner, options.segments),
    virtual,
    form: formOf(owner, {}),
    measure: pathVariation,
  });
}
