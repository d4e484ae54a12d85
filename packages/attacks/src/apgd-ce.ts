/**
 * APGD on the cross-entropy: the first attack of AutoAttack.
 *
 * Source: "Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks", F. Croce,
 * M. Hein, 2020 (arXiv 2003.01690).
 */
import { crossEntropy, type StepAttack } from '@groundstate/core';
import { type ApgdOptions, apgd } from './apgd';

/**
 * As many gradient evaluations as steps, and one at the start. No step size to choose.
 *
 * @example
 * restarts(apgdCe({ steps: 100 }), 5);
 */
export function apgdCe(options: ApgdOptions = {}): StepAttack {
  return apgd('apgd-ce', crossEntropy(), options);
}
