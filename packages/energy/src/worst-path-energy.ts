/**
 * The worst-path energy, S(x) = sup over r of |r|^2 int |g(x + t r)|^2 dt, from below: D_K of the path that an ascent of
 * D_K itself found. D_K <= P <= |r|^2 int |g|^2 <= S, so what is lowered is a lower estimate, as in every search.
 */
import { checkKeys, expected, type Objective, type Schedule, type ThreatModel } from '@groundstate/core';
import type { FormOptions } from './form';
import { pathEnergy } from './path-energy';
import { checkSegments, type PathConstants } from './path-objective';
import { isNorm } from './slope-objective';
import { worstPath } from './worst-path';

/** Options of `worstPathEnergy`: the ball, the segments, the ascent. */
export interface WorstPathEnergyOptions extends FormOptions {
  readonly threat: ThreatModel;
  /** Of the ascent; K gradient evaluations each. @default 5 */
  readonly steps?: number;
  /** K, the segments of the path, for the ascent and for the energy. @default 2 */
  readonly segments?: number;
  /** The share of epsilon in use as training runs. @default all of it, always */
  readonly warmUp?: Schedule;
}

/**
 * Costs steps * K gradient evaluations for the ascent, K for the energy, and the clean one that is shared: 13 by default.
 *
 * @example
 * sum(cleanLoss(), worstPathEnergy({ threat: { norm: l2(), epsilon: 2 } }));
 */
export function worstPathEnergy(options: WorstPathEnergyOptions): Objective<PathConstants> {
  const owner = 'worstPathEnergy';
  checkKeys(owner, options, ['threat', 'steps', 'segments', 'warmUp', 'form', 'huberDelta']);
  const { threat, steps = 5, warmUp, form, huberDelta } = options;
  if (!isNorm(threat?.norm)) throw expected(owner, 'threat', 'a norm and an epsilon', threat);
  const segments = checkSegments(owner, options.segments);
  const objective = pathEnergy({
    adversary: { attack: worstPath({ steps, segments }), threat, on: 'labelled', ...(warmUp ? { warmUp } : {}) },
    segments,
    ...(form ? { form } : {}),
    ...(huberDelta === undefined ? {} : { huberDelta }),
  });
  return {
    ...objective,
    name: `worst-${objective.name}`,
    terms: ['worstPathEnergy'],
    evaluate: (context, constants) => ({ worstPathEnergy: objective.evaluate(context, constants).energy! }),
  };
}
