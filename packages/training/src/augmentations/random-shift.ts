/**
 * Moves every image by up to some pixels along both axes, each way as likely: padding, then a crop at random.
 * x'[i, j] = x[i + a, j + b], a and b uniform on -pixels .. pixels.
 *
 * Source: section 4.2 of "Deep residual learning for image recognition", K. He, X. Zhang, S. Ren, J. Sun, 2016
 * (arXiv 1512.03385): 4 pixels of padding for CIFAR-10.
 */
import { checkKeys, checkNumber } from '@groundstate/core';
import { type Augmentation, moveImages } from './augmentation';

/** Options of `randomShift`. */
export interface RandomShiftOptions {
  /** The largest shift along each axis. */
  readonly pixels: number;
  /** What stands where the image was moved away from; within the model's bounds. @default 0 */
  readonly fill?: number;
}

/**
 * @example
 * fit(model, examples, defence, { augmentation: composed(randomShift({ pixels: 4 }), horizontalFlip()), epochs: 30, seed: 0 });
 */
export function randomShift(options: RandomShiftOptions): Augmentation {
  checkKeys('randomShift', options, ['pixels', 'fill']);
  const pixels = checkNumber('randomShift', 'pixels', options.pixels, { integer: true, min: 1 });
  const fill = checkNumber('randomShift', 'fill', options.fill ?? 0);
  const shiftOf = (share: number): number => Math.floor(share * (2 * pixels + 1)) - pixels;
  const augmentation: Augmentation = (inputs, noise) => {
    const draws = noise.stream('random-shift').uniform([2]).dataSync();
    return moveImages('randomShift', inputs, fill, (row) => {
      const [down, right] = [shiftOf(draws[2 * row]!), shiftOf(draws[2 * row + 1]!)];
      return (image, moved, { height, width, channels }) => {
        const [first, last] = [Math.max(0, -right), Math.min(width, width - right)];
        if (first >= last) return;
        for (let y = Math.max(0, -down); y < Math.min(height, height - down); y++) {
          const from = (y + down) * width + right;
          moved.set(image.subarray((from + first) * channels, (from + last) * channels), (y * width + first) * channels);
        }
      };
    });
  };
  return Object.assign(augmentation, { description: `random-shift(${pixels}, ${fill})` });
}
