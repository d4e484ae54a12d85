/**
 * The mean of a figure over training seeds with its 95 % interval, mean +- t s / sqrt(n): how far the figure moves when a
 * model is trained again. "The probable error of a mean", Student, Biometrika 6, 1908.
 */
import { checkNumber } from '@groundstate/core';
import { studentQuantile } from './student';

/** `low` and `high` are `null` below two values: one seed says nothing about how far seeds move. */
export type SeedSummary = { readonly mean: number | null; readonly low: number | null; readonly high: number | null; readonly n: number };

/**
 * Give it one value a seed: an accuracy, or the difference of two models that were trained and evaluated with that seed.
 * The interval takes the values for draws of one normal distribution, and the test examples as given: those of `wilson` and
 * `pairedDifference` are about the examples.
 *
 * @example
 * seedSummary([0.71, 0.72, 0.7]); // { mean: 0.71, low: 0.685.., high: 0.734.., n: 3 }
 */
export function seedSummary(values: readonly number[]): SeedSummary {
  for (const [i, value] of values.entries()) checkNumber('seedSummary', `values[${i}]`, value);
  const n = values.length;
  if (n === 0) return { mean: null, low: null, high: null, n };
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, low: null, high: null, n };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const reach = studentQuantile(n - 1) * Math.sqrt(variance / n);
  return { mean, low: mean - reach, high: mean + reach, n };
}
