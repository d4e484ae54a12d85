/**
 * Wilson's score interval for a proportion: unlike the normal one it stays within [0, 1] and is honest near its ends.
 *
 * Source: "Probable inference, the law of succession, and statistical inference", E. B. Wilson, Journal of the American
 * Statistical Association 22, 1927, doi 10.1080/01621459.1927.10502953.
 */
import { checkNumber } from '@groundstate/core';

/** The two-sided 95 % quantile of the standard normal. */
const z = 1.959963984540054;

/** A share of `n` examples with its 95 % interval; all 0 .. 1, and `null` where n is 0. */
export type Proportion = {
  readonly accuracy: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
};

/**
 * @example
 * wilson(85, 100); // { accuracy: 0.85, low: 0.767.., high: 0.906.., n: 100 }
 */
export function wilson(successes: number, n: number): Proportion {
  checkNumber('wilson', 'n', n, { integer: true, min: 0 });
  checkNumber('wilson', 'successes', successes, { integer: true, min: 0, max: n });
  if (n === 0) return { accuracy: null, low: null, high: null, n };
  const share = successes / n;
  const centre = (share + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const reach = (z * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2))) / (1 + z ** 2 / n);
  // At the ends the bound is exact; rounding must not leave it beside the share.
  return { accuracy: share, low: successes === 0 ? 0 : centre - reach, high: successes === n ? 1 : centre + reach, n };
}
