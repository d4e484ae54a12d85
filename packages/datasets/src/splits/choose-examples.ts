import { expected, order } from '@groundstate/core';
import { noLabel } from './without-labels';

/** How many examples are chosen, and how. */
export interface ChoiceRequest {
  /** Who chooses, and the name of the option that says how many: for errors. */
  readonly owner: string;
  readonly option: string;
  /** The class of every example. */
  readonly labels: Int32Array;
  /** From 1 to the number of examples. */
  readonly count: number;
  readonly seed: number;
  /** Which of several independent choices: the orders of training are streams 0 and 1. */
  readonly stream: number;
  /** As many of every class that occurs. */
  readonly balanced: boolean;
}

/**
 * Which examples are chosen, 1 or 0 for each: a function of the seed and the labels alone, and with a larger count the same and others.
 *
 * All are put into one random order, and the first of it are taken, of each class up to its quota. Where the count is no multiple of the
 * classes, the classes that come first in a random order of their own have one more.
 */
export function chooseExamples(request: ChoiceRequest): Uint8Array {
  const { labels, count, seed, stream, balanced } = request;
  const hidden = labels.indexOf(noLabel);
  if (hidden >= 0)
    throw expected(request.owner, 'examples', 'examples with labels', `none at position ${hidden}`, 'Take the set that they come from.');
  const quotas = balanced ? quotasOf(request) : undefined;
  const chosen = new Uint8Array(labels.length);
  let left = count;
  for (const position of order(labels.length, { seed, epoch: 0, stream })) {
    if (left === 0) break;
    const label = labels[position]!;
    const quota = quotas?.get(label) ?? left;
    if (quota === 0) continue;
    quotas?.set(label, quota - 1);
    chosen[position] = 1;
    left--;
  }
  return chosen;
}

/** The positions that are chosen, or those that are not, in rising order. */
export function positionsOf(chosen: Uint8Array, which: 0 | 1): Int32Array {
  const positions: number[] = [];
  for (let i = 0; i < chosen.length; i++) if (chosen[i] === which) positions.push(i);
  return Int32Array.from(positions);
}

function quotasOf({ owner, option, labels, count, seed, stream }: ChoiceRequest): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const classes = [...sizes.keys()].sort((a, b) => a - b);
  const advice = 'Ask for another number, or take `balanced: false`.';
  if (count < classes.length) throw expected(owner, option, `${classes.length} at least, one for each class`, count, advice);
  const each = Math.floor(count / classes.length);
  const quotas = new Map<number, number>();
  for (const [rank, index] of order(classes.length, { seed, epoch: 1, stream }).entries()) {
    quotas.set(classes[index]!, each + (rank < count % classes.length ? 1 : 0));
  }
  const short = classes.find((label) => quotas.get(label)! > sizes.get(label)!);
  if (short === undefined) return quotas;
  const rule = `no more than the classes can give (class ${short}: ${quotas.get(short)} of ${sizes.get(short)})`;
  throw expected(owner, option, rule, count, advice);
}
