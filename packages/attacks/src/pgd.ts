/**
 * Projected gradient descent: from a random point of the ball, x <- P(x + step * steepest(grad loss(x))).
 *
 * Source: "Towards deep learning models resistant to adversarial attacks", A. Madry, A. Makelov, L. Schmidt, D. Tsipras,
 * A. Vladu, 2018 (arXiv 1706.06083).
 */
import { type AscentOptions, ascent, checkKeys, defineAttack, type StepAttack } from '@groundstate/core';

/** See `AscentOptions`: steps (40), relativeStep (2.5 / steps), step, randomStart (true), loss (cross-entropy). */
export type PgdOptions = AscentOptions;

/**
 * One gradient evaluation a step. Step sizes are shares of epsilon unless `step` gives input units.
 *
 * @example
 * pgd({ steps: 40, step: 0.01, randomStart: false });
 */
export function pgd(options: PgdOptions = {}): StepAttack {
  checkKeys('pgd', options, ['steps', 'relativeStep', 'step', 'randomStart', 'loss']);
  return defineAttack({
    card: {
      name: 'pgd',
      norms: ['linf', 'l2', 'l1'],
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify', 'target', 'change'],
      paper: 'Towards deep learning models resistant to adversarial attacks (Madry et al. 2018, arXiv 1706.06083)',
    },
    ...ascent(options, 'pgd'),
  });
}
