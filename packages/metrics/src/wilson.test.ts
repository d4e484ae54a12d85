import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wilson } from './wilson';

// Values of scipy.stats.binomtest(k, n).proportion_ci(method='wilson'), scipy 1.17.1.
it.each([
  [0, 10, 0, 0.2775327998628892],
  [10, 10, 0.7224672001371107, 1],
  [5, 10, 0.236593090512564, 0.7634069094874361],
  [85, 100, 0.7671644040916763, 0.9069401471634337],
  [9500, 10000, 0.9455528841569758, 0.9541015173094152],
])('the interval of %i in %i is the published one', (successes, n, low, high) => {
  const interval = wilson(successes, n);
  expect(interval.low).toBeCloseTo(low, 12);
  expect(interval.high).toBeCloseTo(high, 12);
  expect(interval).toMatchObject({ accuracy: successes / n, n });
});

const counts = fc.integer({ min: 1, max: 100_000 }).chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));

it('contains the share, stays within [0, 1], and mirrors when success and failure change places', () => {
  fc.assert(
    fc.property(counts, ([successes, n]) => {
      const { accuracy, low, high } = wilson(successes, n) as Record<string, number>;
      expect(0 <= low! && low! <= accuracy! && accuracy! <= high! && high! <= 1).toBe(true);
      const mirrored = wilson(n - successes, n);
      expect(mirrored.low).toBeCloseTo(1 - high!, 12);
      expect(mirrored.high).toBeCloseTo(1 - low!, 12);
    }),
  );
});

it('narrows as the examples multiply at the same share', () => {
  const width = ({ low, high }: ReturnType<typeof wilson>): number => high! - low!;
  fc.assert(
    fc.property(counts, fc.integer({ min: 2, max: 20 }), ([successes, n], times) => {
      expect(width(wilson(times * successes, times * n))).toBeLessThan(width(wilson(successes, n)));
    }),
  );
});

it('of no examples nothing is known', () => {
  expect(wilson(0, 0)).toEqual({ accuracy: null, low: null, high: null, n: 0 });
});

it('refuses what is not a count', () => {
  expect(() => wilson(3, 2)).toThrow('wilson: expected `successes` to be an integer of at least 0 and of at most 2, got 3.');
  expect(() => wilson(0.5, 2)).toThrow('got 0.5.');
  expect(() => wilson(0, -1)).toThrow('wilson: expected `n` to be an integer of at least 0, got -1.');
});
