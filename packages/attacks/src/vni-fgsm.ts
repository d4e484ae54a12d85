/**
 * VNI-FGSM: NI-FGSM with variance tuning.
 *
 * Source: "Enhancing the transferability of adversarial attacks through variance tuning", X. Wang, K. He, 2021 (arXiv 2103.15571).
 */
import type { StepAttack } from '@groundstate/core';
import { ahead } from './momentum';
import { type VarianceOptions, varianceTuned } from './variance-tuned';

/**
 * A gradient evaluation a step, and one for every neighbour.
 *
 * @example
 * transfer(vniFgsm({ neighbours: 5 }), substitute);
 */
export function vniFgsm(options: VarianceOptions = {}): StepAttack {
  return varianceTuned('vni-fgsm', options, ahead);
}
