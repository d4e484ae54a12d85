/** Values that change while training runs, as functions of its progress from 0 to 1. */
import { checkNumber, expected } from './errors';

/** The value at a share of the training, 0 to 1. */
export type Schedule = (progress: number) => number;

const clamp = (progress: number): number => Math.min(1, Math.max(0, progress));

/** A number as a schedule; a schedule as it is. */
export function scheduled(value: number | Schedule): Schedule {
  return typeof value === 'number' ? () => value : value;
}

/**
 * From `start` to `end` in a straight line over the share `until` of the training, then `end`. A warm-up, or a decay.
 *
 * @example
 * linear(0, 1, 0.25); // reaches 1 after a quarter of the training
 */
export function linear(start: number, end: number, until = 1): Schedule {
  checkNumber('linear', 'until', until, { above: 0, max: 1 });
  return (progress) => start + (end - start) * Math.min(1, clamp(progress) / until);
}

/**
 * Half a cosine from `start` to `end`.
 *
 * Source: "SGDR: stochastic gradient descent with warm restarts", I. Loshchilov, F. Hutter, 2017 (arXiv 1608.03983).
 *
 * @example
 * cosine(1e-3, 0);
 */
export function cosine(start: number, end: number): Schedule {
  return (progress) => end + 0.5 * (start - end) * (1 + Math.cos(Math.PI * clamp(progress)));
}

/**
 * Constant pieces: each value holds from its share of the training on.
 *
 * @example
 * pieces([0, 1e-3], [0.75, 1e-4]); // a tenth for the last quarter
 */
export function pieces(...steps: readonly (readonly [from: number, value: number])[]): Schedule {
  const sorted = steps.every(([from], i) => i === 0 || from > steps[i - 1]![0]);
  if (steps[0]?.[0] !== 0 || !sorted) throw expected('pieces', 'steps', 'rising shares of the training that begin with 0', steps);
  return (progress) => steps.findLast(([from]) => clamp(progress) >= from)![1];
}
