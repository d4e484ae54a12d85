/**
 * Training that keeps the loss stable along the whole path of an attack: mean l(x) + weight * mean D_K(x, r).
 *
 * After "On model robustness against adversarial examples", S. Zhang, K. Huang, Z. Xu, 2019 (arXiv 1911.06479).
 */
import {
  type Adversary,
  checkKeys,
  checkNumber,
  cleanLoss,
  type Defence,
  type Schedule,
  type StepAttack,
  scale,
  sum,
  type ThreatModel,
} from '@groundstate/core';
import { energyPath } from './energy-path';
import { pathEnergy } from './path-energy';

export interface EnergyRegularisationOptions {
  /** The ball in which the loss is to be stable. */
  readonly threat: ThreatModel;
  /** Who finds the end of the path. @default energyPath(), five steps from a random start */
  readonly attack?: StepAttack;
  /** K, the segments of the path; 1 is the end-point penalty D_1. @default 2 */
  readonly segments?: number;
  /** The energy's weight, or a schedule of it; 0 is standard training. @default 1 */
  readonly weight?: number | Schedule;
}

/**
 * With the defaults: 5 gradient evaluations for the path, 2 for its points, 1 for the clean pass they share, an example
 * and step. Large budgets can make the squared form explode at first: warm the weight up with `linear(0, 1, 0.2)`.
 *
 * @example
 * energyRegularisation({ threat: { norm: l2(), epsilon: 2 } });
 */
export function energyRegularisation(options: EnergyRegularisationOptions): Defence {
  checkKeys('energyRegularisation', options, ['threat', 'attack', 'segments', 'weight']);
  const { threat, attack = energyPath(), segments = 2, weight = 1 } = options;
  if (typeof weight === 'number') checkNumber('energyRegularisation', 'weight', weight, { min: 0 });
  const adversary: Adversary = { attack, threat, on: 'labelled' };
  return { name: `energy-d${segments}`, objective: sum(cleanLoss(), scale(weight, pathEnergy({ adversary, segments }))) };
}
