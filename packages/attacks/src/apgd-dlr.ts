/**
 * APGD on the difference of logits ratio, which is blind to the scale of the logits: where the cross-entropy's gradients vanish
 * because a model is confident, this one's do not.
 *
 * Source: "Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks", F. Croce,
 * M. Hein, 2020 (arXiv 2003.01690).
 */
import { dlr, type StepAttack } from '@groundstate/core';
import { type ApgdOptions, apgd } from './apgd';

/**
 * As many gradient evaluations as steps, and one at the start. Needs three classes, four where the goal is a target.
 *
 * @example
 * restarts(apgdDlr({ steps: 100 }), 5);
 */
export function apgdDlr(options: ApgdOptions = {}): StepAttack {
  return apgd('apgd-dlr', dlr(), options);
}
