/** The random numbers that make one picture different from the next, taken one after another. */
export interface Traits {
  /** Evenly from `lower` to `upper`; takes one number. */
  between(lower: number, upper: number): number;
  /** Within `reach` of `centre`; takes two numbers, so that the middle is more frequent than the ends. */
  around(centre: number, reach: number): number;
  /** True in `share` of all cases; takes one number. */
  chance(share: number): boolean;
  /** One of 0 .. count - 1; takes one number. */
  choice(count: number): number;
}

/** @param values Uniform numbers in [0, 1). */
export function traitsOf(values: Float32Array): Traits {
  let taken = 0;
  const between = (lower: number, upper: number): number => {
    // Past the end there is no number, and NaN would show as a black pixel, if at all.
    if (taken === values.length) throw new RangeError(`a picture takes more than the ${taken} random numbers that it has`);
    return lower + (upper - lower) * values[taken++]!;
  };
  return {
    between,
    around: (centre, reach) => centre + reach * (between(-0.5, 0.5) + between(-0.5, 0.5)),
    chance: (share) => between(0, 1) < share,
    choice: (count) => Math.floor(between(0, count)),
  };
}
