/** Several augmentations, one after the other. */
import { type Augmentation, describeAugmentation } from './augmentation';

/**
 * Each draws from a stream of its own, so that two of one kind do not repeat each other.
 *
 * @example
 * composed(randomShift({ pixels: 4 }), horizontalFlip());
 */
export function composed(...augmentations: readonly Augmentation[]): Augmentation {
  const augmentation: Augmentation = (inputs, noise) =>
    augmentations.reduce((changed, augmentation, index) => augmentation(changed, noise.stream('composed', index)), inputs);
  return Object.assign(augmentation, { description: augmentations.map(describeAugmentation).join(', then ') || 'nothing' });
}
