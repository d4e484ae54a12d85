/** What is kept of many times of one call: the shortest, which the machine's other business disturbed least, and the spread. */

export type Times = {
  readonly minimum: number;
  readonly median: number;
  /** Nine tenths of the calls took at least this long ... */
  readonly low: number;
  /** ... and nine tenths at most this long. */
  readonly high: number;
  readonly calls: number;
};

/** Of at least one time, in milliseconds. */
export function timesOf(milliseconds: readonly number[]): Times {
  const sorted = [...milliseconds].sort((left, right) => left - right);
  const at = (share: number): number => short(quantile(sorted, share));
  return { minimum: at(0), median: at(0.5), low: at(0.1), high: at(0.9), calls: sorted.length };
}

/** Between two neighbours in proportion. */
export function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(position)]!, sorted[Math.ceil(position)]!];
  return below + (above - below) * (position - Math.floor(position));
}

/** Five digits: more would be noise, and lines of it in the record. */
export function short(value: number): number {
  return Number(value.toPrecision(5));
}
