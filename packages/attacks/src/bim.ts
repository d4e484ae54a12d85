/**
 * The basic iterative method: steps of the fast gradient method from the clean input, x <- P(x + step * steepest(grad loss(x))); PGD without
 * its random start.
 *
 * Source: "Adversarial examples in the physical world", A. Kurakin, I. Goodfellow, S. Bengio, 2017 (arXiv 1607.02533).
 */
import { type AscentOptions, ascent, checkKeys, defineAttack, type StepAttack } from '@groundstate/core';

/** Options of `bim`: those of PGD without `randomStart`. */
export type BimOptions = Omit<AscentOptions, 'randomStart'>;

/**
 * One gradient evaluation a step; steps are shares of epsilon unless `step` gives input units.
 *
 * @example
 * bim({ steps: 10 });
 */
export function bim(options: BimOptions = {}): StepAttack {
  checkKeys('bim', options, ['steps', 'relativeStep', 'step', 'loss']);
  const { steps = 10 } = options;
  return defineAttack({
    card: {
      name: 'bim',
      norms: ['linf', 'l2', 'l1'],
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify', 'target', 'change'],
      paper: 'Adversarial examples in the physical world (Kurakin et al. 2017, arXiv 1607.02533)',
    },
    ...ascent({ relativeStep: 1 / steps, ...options, steps, randomStart: false }, 'bim'),
  });
}
