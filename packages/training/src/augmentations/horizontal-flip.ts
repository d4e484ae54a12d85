/** Mirrors every image left to right with probability one half. */
import { type Augmentation, moveImages } from './augmentation';

/**
 * @example
 * fit(model, examples, defence, { augmentation: horizontalFlip(), epochs: 30, seed: 0 });
 */
export function horizontalFlip(): Augmentation {
  const augmentation: Augmentation = (inputs, noise) => {
    const signs = noise.stream('horizontal-flip').signs([]).dataSync();
    return moveImages('horizontalFlip', inputs, 0, (row) => (image, moved, { height, width, channels }) => {
      if (signs[row]! > 0) {
        moved.set(image);
        return;
      }
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const [from, to] = [(y * width + x) * channels, (y * width + width - 1 - x) * channels];
          for (let channel = 0; channel < channels; channel++) moved[to + channel] = image[from + channel]!;
        }
      }
    });
  };
  return Object.assign(augmentation, { description: 'horizontal-flip' });
}
