/** A histogram as TensorBoard takes it. The last bucket holds the maximum; every other has its upper limit outside. */
import { expected } from '@groundstate/core';

export type Histogram = {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  /** The upper limits of the buckets. */
  readonly limits: readonly number[];
  readonly counts: readonly number[];
};

/** `buckets` of one width from the least value to the greatest; a single one where all values are equal. */
export function histogram(values: readonly number[], buckets = 30): Histogram {
  const odd = values.find((value) => !Number.isFinite(value));
  if (values.length === 0 || odd !== undefined) throw expected('histogram', 'values', 'one or more finite numbers', odd ?? values);
  // Not by spread: there may be more values than a call takes arguments.
  const min = values.reduce((least, value) => Math.min(least, value));
  const max = values.reduce((greatest, value) => Math.max(greatest, value));
  const n = min === max ? 1 : buckets;
  const counts = new Array<number>(n).fill(0);
  for (const value of values) counts[n === 1 ? 0 : Math.min(n - 1, Math.floor(((value - min) / (max - min)) * n))]!++;
  return {
    min,
    max,
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    sumOfSquares: values.reduce((sum, value) => sum + value * value, 0),
    limits: counts.map((_, i) => (i === n - 1 ? max : min + ((i + 1) * (max - min)) / n)),
    counts,
  };
}
