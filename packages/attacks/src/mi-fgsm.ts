/**
 * MI-FGSM, the momentum iterative fast gradient sign method: the gradient at the iterate, summed up with momentum.
 *
 * Source: "Boosting adversarial attacks with momentum", Y. Dong, F. Liao, T. Pang, H. Su, J. Zhu, X. Hu, J. Li, 2018
 * (arXiv 1710.06081).
 */
import type { StepAttack } from '@groundstate/core';
import { gradientAt, type MomentumOptions, withMomentum } from './momentum';

/**
 * One gradient evaluation a step.
 *
 * @example
 * transfer(miFgsm(), substitute);
 */
export function miFgsm(options: MomentumOptions = {}): StepAttack {
  const paper = 'Boosting adversarial attacks with momentum (Dong et al. 2018, arXiv 1710.06081)';
  return withMomentum('mi-fgsm', paper, options, ({ x, problem }) => ({ gradient: gradientAt(x, problem) }));
}
