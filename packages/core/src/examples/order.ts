import { checkNumber } from '../errors';
import { philox } from '../noise/philox';

/**
 * A random order of `size` examples, a function of its options alone: a resumed run goes on in the same order.
 * Each position draws 53 bits, a float64's worth; the positions are sorted by them.
 *
 * @example
 * order(60000, { seed: 1, epoch: 0 });
 */
export function order(
  size: number,
  options: {
    readonly seed: number;
    readonly epoch: number;
    /** Which of several independent orders: for two sets that are visited side by side. @default 0 */
    readonly stream?: number;
  },
): Int32Array {
  checkNumber('order', 'size', size, { integer: true, min: 0 });
  const seed = checkNumber('order', 'seed', options.seed, { integer: true });
  const epoch = checkNumber('order', 'epoch', options.epoch, { integer: true, min: 0 });
  const stream = checkNumber('order', 'stream', options.stream ?? 0, { integer: true, min: 0 });
  const words = new Uint32Array(4);
  const keys = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    philox(seed | 0, Math.floor(seed / 2 ** 32) | 0, i, epoch, 0x6f726472, stream, words);
    keys[i] = words[0]! * 2 ** 21 + (words[1]! >>> 11);
  }
  return Int32Array.from({ length: size }, (_, i) => i).sort((a, b) => keys[a]! - keys[b]! || a - b);
}
