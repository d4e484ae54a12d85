/** Between two epochs: the entry of the history, the validation, and the best weights so far. */
import * as tf from '@tensorflow/tfjs-core';
import type { Accuracies, Epoch } from './history';
import { copied, variablesOf, withValues } from './model-values';
import { noClipping } from './run-state';
import { bestEpoch } from './selection';
import type { Run } from './train-batch';

/** Moves the state to the start of the next epoch. Nothing has changed if the validation rejects. */
export async function endEpoch(run: Run): Promise<void> {
  const { settings, options, steps, state } = run;
  const { epoch, sums, seen, clipping, optimiser } = state;
  const validation = await validate(run);
  const entry: Epoch = {
    epoch: epoch + 1,
    learningRate: settings.learningRate(Math.max(0, optimiser.step - 1) / steps),
    terms: Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / seen])),
    ...(clipping.steps > 0 ? { gradientNorm: clipping.norms / clipping.steps, clipped: clipping.clipped / clipping.steps } : {}),
    ...(validation ? { validation } : {}),
  };
  state.epochs = [...state.epochs, entry];
  // The checkpoint between two epochs stands at the start of the next.
  Object.assign(state, { epoch: epoch + 1, batch: 0, sums: {}, seen: 0, clipping: noClipping });
  if (!validation) return;
  const best = bestEpoch(state.epochs)!.epoch === entry.epoch;
  if (best && settings.select === 'best') {
    tf.dispose(state.best);
    state.best = copied(averageOf(run) ?? variablesOf(run.model));
  }
  options.onEvent?.({ kind: 'validation', epoch: entry.epoch, ...validation, best });
}

async function validate(run: Run): Promise<Accuracies | undefined> {
  const { model, options, state } = run;
  const { validation, epochs } = run.settings;
  const done = state.epoch + 1;
  if (!validation || (done % validation.every !== 0 && done !== epochs)) return undefined;
  const { signal } = options;
  const { clean, robust, backwards } = await withValues(model, averageOf(run), () => validation.validate(model, { signal }));
  state.validating += backwards;
  return { clean, robust };
}

/** What is validated and kept where an average is taken. */
export function averageOf({ settings, state }: Run): Run['state']['average'] | undefined {
  return settings.averaging ? state.average : undefined;
}
