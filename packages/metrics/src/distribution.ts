/** The mean and the quantiles of some numbers: the same whatever their order. */

/** `median` is the 50 % quantile; `null` where there are no numbers. */
export type Distribution = {
  readonly mean: number | null;
  readonly q5: number | null;
  readonly q25: number | null;
  readonly median: number | null;
  readonly q75: number | null;
  readonly q95: number | null;
};

export function distribution(values: readonly number[]): Distribution {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number | null => quantile(sorted, share);
  return { mean: meanOf(sorted), q5: at(0.05), q25: at(0.25), median: at(0.5), q75: at(0.75), q95: at(0.95) };
}

/** Of sorted numbers, so that the rounding of the sum does not depend on the order they came in. */
export function meanOf(sorted: readonly number[]): number | null {
  return sorted.length === 0 ? null : sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
}

/** Linear between the two nearest of n sorted numbers, the first standing at 0 and the last at 1. */
export function quantile(sorted: readonly number[], share: number): number | null {
  if (sorted.length === 0) return null;
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below + (above - below) * (place - Math.floor(place));
}

/** Nine digits hold a float32 exactly, and a state of half the length. */
export function short(value: number): number {
  return Number(value.toPrecision(9));
}
