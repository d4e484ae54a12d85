import { expect, it } from 'vitest';
import { histogram } from './histogram';

it('counts into buckets of one width, the maximum in the last', () => {
  // From 0 to 4 in four buckets: [0, 1), [1, 2), [2, 3), [3, 4].
  expect(histogram([0, 0.5, 1, 3.5, 4], 4)).toEqual({
    min: 0,
    max: 4,
    count: 5,
    sum: 9,
    sumOfSquares: 0 + 0.25 + 1 + 12.25 + 16,
    limits: [1, 2, 3, 4],
    counts: [2, 1, 0, 2],
  });
});

it('equal values are one bucket', () => {
  expect(histogram([-1, -1, -1])).toMatchObject({ min: -1, max: -1, count: 3, limits: [-1], counts: [3] });
});

it('as many values as a test set has are no trouble', () => {
  const values = Array.from({ length: 200_000 }, (_, i) => i);
  expect(histogram(values, 2)).toMatchObject({ count: 200_000, sum: 19_999_900_000, counts: [100_000, 100_000] });
});

it('refuses what cannot be counted', () => {
  const words = 'histogram: expected `values` to be one or more finite numbers, got ';
  expect(() => histogram([])).toThrow(`${words}[].`);
  expect(() => histogram([1, Number.NaN])).toThrow(`${words}NaN.`);
});
