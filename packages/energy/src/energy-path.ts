/** The inner ascent that draws the path of the energy when the user names no attack of his own. */
import { ascent, checkKeys, checkNumber, defineAttack, type StepAttack } from '@groundstate/core';

/**
 * Projected steepest ascent of the cross-entropy from a random start: 5 steps of 2.5 epsilon / steps. The final iterate is
 * the end of the path, whether or not it fools the model.
 *
 * @example
 * energyPath({ steps: 7 });
 */
export function energyPath(options: { readonly steps?: number } = {}): StepAttack {
  checkKeys('energyPath', options, ['steps']);
  const steps = checkNumber('energyPath', 'steps', options.steps ?? 5, { integer: true, min: 1 });
  return defineAttack({
    card: {
      name: 'energy-path',
      norms: ['linf', 'l2', 'l1'],
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify', 'target', 'change'],
      paper: 'Towards deep learning models resistant to adversarial attacks (Madry et al. 2018, arXiv 1706.06083)',
    },
    ...ascent({ steps }, 'energyPath'),
  });
}
