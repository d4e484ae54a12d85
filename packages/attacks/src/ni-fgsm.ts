/**
 * NI-FGSM: MI-FGSM with the gradient taken where the momentum leads, as in Nesterov's accelerated gradient.
 *
 * Source: "Nesterov accelerated gradient and scale invariance for adversarial attacks", J. Lin, C. Song, K. He, L. Wang,
 * J. E. Hopcroft, 2020 (arXiv 1908.06281).
 */
import type { StepAttack } from '@groundstate/core';
import { ahead, gradientAt, type MomentumOptions, withMomentum } from './momentum';

/**
 * One gradient evaluation a step.
 *
 * @example
 * transfer(niFgsm(), substitute);
 */
export function niFgsm(options: MomentumOptions = {}): StepAttack {
  const paper = 'Nesterov accelerated gradient and scale invariance for adversarial attacks (Lin et al. 2020, arXiv 1908.06281)';
  return withMomentum('ni-fgsm', paper, options, (standing) => ({ gradient: gradientAt(ahead(standing), standing.problem) }));
}
