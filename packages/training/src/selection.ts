/**
 * Which epoch is the best, and whether to go on: functions of the validations so far, hence the same in a resumed run.
 *
 * Source: "Overfitting in adversarially robust deep learning", L. Rice, E. Wong, J. Z. Kolter, 2020 (arXiv 2002.11569): the robust
 * accuracy on held-out examples falls long before training ends, and stopping at its peak gains more than most methods do.
 */
import { checkKeys, checkNumber } from '@groundstate/core';
import type { BestEpoch, Epoch, Stopped } from './history';

/** Ends the training when the robust accuracy has not risen for a while. */
export interface StopOptions {
  /** Epochs without a rise. */
  readonly patience: number;
  /** By how much the robust accuracy must rise to count, as a share of the examples. @default 0 */
  readonly margin?: number;
}

export function checkStopOptions(stop: StopOptions): Required<StopOptions> {
  checkKeys('fit.stop', stop, ['patience', 'margin']);
  return {
    patience: checkNumber('fit', 'stop.patience', stop.patience, { integer: true, min: 1 }),
    margin: checkNumber('fit', 'stop.margin', stop.margin ?? 0, { min: 0, max: 1 }),
  };
}

const validated = (epochs: readonly Epoch[]): BestEpoch[] =>
  epochs.flatMap(({ epoch, validation }) => (validation ? [{ epoch, ...validation }] : []));

/** By robust accuracy; of equals by clean accuracy; of equals still, the earlier. */
export function bestEpoch(epochs: readonly Epoch[]): BestEpoch | undefined {
  const better = (a: BestEpoch, b: BestEpoch): boolean => a.robust > b.robust || (a.robust === b.robust && a.clean > b.clean);
  return validated(epochs).reduce<BestEpoch | undefined>((best, seen) => (!best || better(seen, best) ? seen : best), undefined);
}

/** By how much the robust accuracy has fallen from its best. */
export function robustOverfitting(epochs: readonly Epoch[]): number | undefined {
  const last = validated(epochs).at(-1);
  return last && bestEpoch(epochs)!.robust - last.robust;
}

/** Set where the run ends before its time: not in the last of its epochs. */
export function stoppedAfter(epochs: readonly Epoch[], stop: Required<StopOptions> | undefined, planned: number): Stopped | undefined {
  const best = bestEpoch(epochs);
  const last = epochs.at(-1);
  if (!stop || !best || !last?.validation || last.epoch >= planned) return undefined;
  // The last rise that counts, which a small one further on does not move.
  const rise = validated(epochs).reduce((high, seen) => (seen.robust > high.robust + stop.margin ? seen : high));
  if (last.epoch - rise.epoch < stop.patience) return undefined;
  return { epoch: last.epoch, reason: 'robust-overfitting', since: rise.epoch, best, ...stop };
}
