/** Random shapes and numbers for the property tests: any sign and size that float32 sums survive, and now and then what is not a number. */
import fc from 'fast-check';
import type { Example } from './compare';

const SPECIAL = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0];

/**
 * Numbers for a tensor of a given shape. `special` is how many of a thousand are none of the ordinary ones; the rest lie in
 * [-1, 1], with zeros among them.
 */
export function numbersFor(shape: readonly number[], seed: number, special: number): Example {
  const size = shape.reduce((product, length) => product * length, 1);
  let state = (Math.imul(seed, 2654435761) + 12345) >>> 0;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  state ||= 1;
  const values = Float32Array.from({ length: size }, () => {
    const value = 2 * next() - 1;
    const dice = next() * 1000;
    if (dice < special) return SPECIAL[Math.floor((dice / special) * SPECIAL.length)]!;
    return dice > 950 ? 0 : value;
  });
  return { values, shape };
}

export const seeds: fc.Arbitrary<number> = fc.integer({ min: 1, max: 1e9 });

/** Most tensors are ordinary through and through. */
export const specials: fc.Arbitrary<number> = fc.constantFrom(0, 0, 0, 5, 60);
