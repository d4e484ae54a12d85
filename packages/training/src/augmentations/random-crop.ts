/**
 * Pads every image on all sides and cuts a window of the old size out of it, each place as likely: what the recipes for CIFAR-10
 * call a random crop. It is `randomShift` by up to `padding` pixels, draws included.
 *
 * Sources: section 4.2 of "Deep residual learning for image recognition", K. He, X. Zhang, S. Ren, J. Sun, 2016 (arXiv 1512.03385),
 * with 4 pixels; "Virtual adversarial training", T. Miyato, S. Maeda, M. Koyama, S. Ishii, 2018 (arXiv 1704.03976), with 2.
 */
import { checkKeys, checkNumber } from '@groundstate/core';
import type { Augmentation } from './augmentation';
import { randomShift } from './random-shift';

/** Options of `randomCrop`. */
export interface RandomCropOptions {
  /** Pixels on every side. */
  readonly padding: number;
  /** What the padding is made of; within the model's bounds. @default 0 */
  readonly fill?: number;
}

/**
 * @example
 * fit(model, examples, defence, { augmentation: composed(randomCrop({ padding: 4 }), horizontalFlip()), epochs: 30, seed: 0 });
 */
export function randomCrop(options: RandomCropOptions): Augmentation {
  checkKeys('randomCrop', options, ['padding', 'fill']);
  const padding = checkNumber('randomCrop', 'padding', options.padding, { integer: true, min: 1 });
  return randomShift({ pixels: padding, fill: checkNumber('randomCrop', 'fill', options.fill ?? 0) });
}
