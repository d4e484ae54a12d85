/**
 * Training that keeps the loss stable along the whole path of an attack: mean l(x) + weight * mean D_K(x, r).
 *
 * After "On model robustness against adversarial examples", S. Zhang, K. Huang, Z. Xu, 2019 (arXiv 1911.06479).
 */
import { checkKeys, checkNumber, cleanLoss, type Defence, type Schedule, scale, sum } from '@groundstate/core';
import { type EnergyOptions, energyKeys, energyOf } from './energies';

/** Options of `energyRegularisation`: the energy, its weight, its warm-up. */
export interface EnergyRegularisationOptions extends EnergyOptions {
  /** The energy's weight, or a schedule of it; 0 is standard training. @default 1 */
  readonly weight?: number | Schedule;
}

/**
 * With the defaults: 5 gradient evaluations for the path, 2 for its points, 1 for the clean pass they share, an example
 * and step. Large budgets can make the squared form explode at first: warm up the weight and the path with
 * `weight: linear(0, 1, 0.2), warmUp: linear(0, 1, 0.2)`, or take `form: 'huber'`.
 *
 * @example
 * energyRegularisation({ threat: { norm: l2(), epsilon: 2 } });
 */
export function energyRegularisation(options: EnergyRegularisationOptions): Defence {
  return regularised('energyRegularisation', options, false);
}

/**
 * The same without labels where there are none: mean l(x) over the labelled examples, and the energy of the prediction's
 * own loss, averaged over the classes, over labelled and unlabelled ones alike. With `energy: 'path'` it costs what
 * `energyRegularisation` does, on all examples, and two forward passes: one for the probabilities, one for the ascent's,
 * which with batch statistics are the same one.
 *
 * @example
 * virtualEnergyRegularisation({ threat: { norm: l2(), epsilon: 2 } });
 */
export function virtualEnergyRegularisation(options: EnergyRegularisationOptions): Defence {
  return regularised('virtualEnergyRegularisation', options, true);
}

function regularised(owner: string, options: EnergyRegularisationOptions, virtual: boolean): Defence {
  checkKeys(owner, options, [...energyKeys, 'weight']);
  const { weight = 1 } = options;
  if (typeof weight === 'number') checkNumber(owner, 'weight', weight, { min: 0 });
  const { objective, label } = energyOf(owner, options, virtual);
  return { name: `${virtual ? 'virtual-' : ''}energy-${label}`, objective: sum(cleanLoss(), scale(weight, objective)) };
}
