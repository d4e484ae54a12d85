/** How tfjs is told of a padding that every contender can make: the same number of pixels on every side. */
import { outputSize } from '../cases/operations';
import type { Convolution } from '../cases/work';

/** By name where the name means these very pixels, since that is what models say; otherwise the number. */
export function padding(work: Pick<Convolution, 'size' | 'filter' | 'stride' | 'padding'>): 'same' | 'valid' | number {
  const { size, filter, stride, padding: pixels } = work;
  if (pixels === 0) return 'valid';
  const needed = (Math.ceil(size / stride) - 1) * stride + filter - size;
  return needed === 2 * pixels && outputSize(work) === Math.ceil(size / stride) ? 'same' : pixels;
}
