/**
 * The difference in accuracy of two models on the same examples, with its 95 % interval: far narrower than that of two
 * separate shares, since the examples that both get right or both get wrong say nothing about the difference.
 *
 * Interval: method 10 of "Improved confidence intervals for the difference between binomial proportions based on paired
 * data", R. G. Newcombe, Statistics in Medicine 17, 1998, pp. 2635-2650: Wilson's intervals of the two shares, joined with
 * their correlation phi, which is corrected for continuity. p: the exact test of "Note on the sampling error of the
 * difference between correlated proportions or percentages", Q. McNemar, Psychometrika 12, 1947.
 */
import { checkKeys, expected } from '@groundstate/core';
import { wilson } from './wilson';

/** Right or not, example by example: booleans, 0 and 1, or a string of them as `outcomes` gives it. */
export type OutcomeList = string | readonly (boolean | 0 | 1)[];

/** Two models on the same examples: how far apart they are, and how sure that is. */
export type PairedDifference = {
  /** Accuracy of the left less that of the right, -1 .. 1, with its 95 % interval; `null` where n is 0. */
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** How often only the one was right. */
  readonly onlyLeft: number;
  readonly onlyRight: number;
  readonly n: number;
  /** Two-sided: how likely a split at least as uneven would be if both were equally good. */
  readonly p: number | null;
};

/**
 * @example
 * pairedDifference({ left: '1110', right: '1000' }); // { difference: 0.5, low: .., high: .., onlyLeft: 2, onlyRight: 0, n: 4, p: 0.5 }
 */
export function pairedDifference(options: { readonly left: OutcomeList; readonly right: OutcomeList }): PairedDifference {
  checkKeys('pairedDifference', options, ['left', 'right']);
  const [left, right] = [read('left', options.left), read('right', options.right)];
  if (left.length !== right.length) {
    throw expected(
      'pairedDifference',
      'right',
      `as long as \`left\`, ${left.length} outcomes`,
      `${right.length} outcomes`,
      'Pair the same examples.',
    );
  }
  const counts = { both: 0, onlyLeft: 0, onlyRight: 0, neither: 0 };
  for (const [i, first] of left.entries()) counts[first ? (right[i] ? 'both' : 'onlyLeft') : right[i] ? 'onlyRight' : 'neither']++;
  return differenceOf(counts);
}

type Counts = { readonly both: number; readonly onlyLeft: number; readonly onlyRight: number; readonly neither: number };

/** The same from the four counts. */
export function differenceOf({ both, onlyLeft, onlyRight, neither }: Counts): PairedDifference {
  const n = both + onlyLeft + onlyRight + neither;
  if (n === 0) return { difference: null, low: null, high: null, onlyLeft, onlyRight, n, p: null };
  const difference = (onlyLeft - onlyRight) / n;
  const [left, right] = [reachOf(both + onlyLeft, n), reachOf(both + onlyRight, n)];
  const correlation = phi({ both, onlyLeft, onlyRight, neither }, n);
  const reach = (a: number, b: number): number => Math.sqrt(Math.max(0, a ** 2 - 2 * correlation * a * b + b ** 2));
  const low = Math.max(-1, difference - reach(left.down, right.up));
  const high = Math.min(1, difference + reach(left.up, right.down));
  return { difference, low, high, onlyLeft, onlyRight, n, p: mcNemar(onlyLeft, onlyRight) };
}

/** How far Wilson's interval goes from the share to either side. */
function reachOf(successes: number, n: number): { readonly down: number; readonly up: number } {
  const { low, high } = wilson(successes, n);
  return { down: successes / n - low!, up: high! - successes / n };
}

function phi({ both, onlyLeft, onlyRight, neither }: Counts, n: number): number {
  const margins = (both + onlyLeft) * (onlyRight + neither) * (both + onlyRight) * (onlyLeft + neither);
  if (margins === 0) return 0;
  const excess = both * neither - onlyLeft * onlyRight;
  return (excess > 0 ? Math.max(0, excess - n / 2) : excess) / Math.sqrt(margins);
}

/** Twice the tail of the binomial distribution of n = a + b trials at 1/2, at most 1. */
function mcNemar(a: number, b: number): number {
  const [n, fewer] = [a + b, Math.min(a, b)];
  let logarithm = -n * Math.LN2;
  for (let i = 1; i <= fewer; i++) logarithm += Math.log((n - fewer + i) / i);
  let [term, tail] = [Math.exp(logarithm), 0];
  for (let i = fewer; i >= 0; i--) {
    tail += term;
    term *= i / (n - i + 1);
  }
  return Math.min(1, 2 * tail);
}

function read(name: string, outcomes: OutcomeList): boolean[] {
  return Array.from(outcomes as ArrayLike<boolean | number | string>, (value) => {
    if (value === true || value === 1 || value === '1') return true;
    if (value === false || value === 0 || value === '0') return false;
    throw expected('pairedDifference', name, 'outcomes: booleans, or 0 and 1', value);
  });
}
