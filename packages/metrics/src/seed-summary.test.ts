import { expect, it } from 'vitest';
import { seedSummary } from './seed-summary';
import { studentQuantile } from './student';

// scipy.stats.t.ppf(0.975, df), scipy 1.17.1.
it.each([
  [1, 12.706204736174694],
  [2, 4.302652729749462],
  [3, 3.1824463052837078],
  [4, 2.7764451051977934],
  [9, 2.262157162798205],
  [29, 2.045229642132703],
  [100, 1.9839715185235518],
])("the quantile of Student's t with %i degrees of freedom is the published one", (degrees, wanted) => {
  expect(studentQuantile(degrees)).toBeCloseTo(wanted, 8);
});

it('is the mean with the interval of Student', () => {
  // 1, 2, 3: mean 2, s = 1, t(2) / sqrt(3).
  const { mean, low, high, n } = seedSummary([1, 2, 3]);
  expect([mean, n]).toEqual([2, 3]);
  expect(high).toBeCloseTo(2 + 4.302652729749462 / Math.sqrt(3), 8);
  expect(low).toBeCloseTo(2 - 4.302652729749462 / Math.sqrt(3), 8);
  // scipy.stats.t.interval(0.95, 4, mean, sem) of 0.71, 0.69, 0.74, 0.70, 0.72.
  const five = seedSummary([0.71, 0.69, 0.74, 0.7, 0.72]);
  expect(five.low).toBeCloseTo(0.6881161161190001, 8);
  expect(five.high).toBeCloseTo(0.7358838838809998, 8);
});

it('one seed has no interval, and none has no mean', () => {
  expect(seedSummary([0.7])).toEqual({ mean: 0.7, low: null, high: null, n: 1 });
  expect(seedSummary([])).toEqual({ mean: null, low: null, high: null, n: 0 });
});

it('refuses what is not a number', () => {
  expect(() => seedSummary([0.7, Number.NaN])).toThrow('seedSummary: expected `values[1]` to be a finite number, got NaN.');
});
