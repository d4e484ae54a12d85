/**
 * The fast gradient method: one steepest step of length epsilon from the clean input, x + epsilon * steepest(grad loss(x)).
 * With the linf norm this is the fast gradient sign method. Under l1 the step goes along the steepest coordinates, one in a hundred.
 *
 * Source: "Explaining and harnessing adversarial examples", I. J. Goodfellow, J. Shlens, C. Szegedy, 2015 (arXiv 1412.6572).
 */
import { type AdversarialLoss, ascent, checkKeys, defineAttack, type StepAttack } from '@groundstate/core';

/** Options of `fgsm`: the loss of its one step. */
export interface FgsmOptions {
  /** What is ascended. @default crossEntropy() */
  readonly loss?: AdversarialLoss;
}

/**
 * One gradient evaluation. Too weak to judge a defence by; useful to train against and to compare with PGD.
 *
 * @example
 * fgsm();
 */
export function fgsm(options: FgsmOptions = {}): StepAttack {
  checkKeys('fgsm', options, ['loss']);
  return defineAttack({
    card: {
      name: 'fgsm',
      norms: ['linf', 'l2', 'l1'],
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify', 'target', 'change'],
      paper: 'Explaining and harnessing adversarial examples (Goodfellow et al. 2015, arXiv 1412.6572)',
    },
    ...ascent({ steps: 1, relativeStep: 1, randomStart: false, ...options }, 'fgsm'),
  });
}
