/** The inner ascent that draws the path of the energy when the user names no attack of his own. */
import { ascent, checkKeys, checkNumber, defineAttack, kl, type StepAttack } from '@groundstate/core';
import { checkVirtual } from './subject';

/**
 * Projected steepest ascent from a random start: 5 steps of 2.5 epsilon / steps, of the cross-entropy or, where `virtual`,
 * of the divergence from the clean prediction, which needs no labels. The final iterate is the end of the path, whether
 * or not it fools the model.
 *
 * @example
 * energyPath({ steps: 7 });
 */
export function energyPath(options: { readonly steps?: number; readonly virtual?: boolean } = {}): StepAttack {
  checkKeys('energyPath', options, ['steps', 'virtual']);
  const steps = checkNumber('energyPath', 'steps', options.steps ?? 5, { integer: true, min: 1 });
  const virtual = checkVirtual('energyPath', options.virtual);
  return defineAttack({
    card: {
      name: virtual ? 'virtual-energy-path' : 'energy-path',
      norms: ['linf', 'l2', 'l1'],
      budget: 'fixed',
      access: 'gradients',
      goals: virtual ? ['misclassify', 'change'] : ['misclassify', 'target', 'change'],
      paper: virtual
        ? 'Virtual adversarial training (Miyato et al. 2018, arXiv 1704.03976); TRADES (Zhang et al. 2019, arXiv 1901.08573)'
        : 'Towards deep learning models resistant to adversarial attacks (Madry et al. 2018, arXiv 1706.06083)',
    },
    ...ascent(virtual ? { steps, loss: kl() } : { steps }, 'energyPath'),
  });
}
