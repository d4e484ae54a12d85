/**
 * The training loop. It owns memory, order, schedules, history, checkpoints and cancellation; what is minimised is the
 * defence's affair. Two runs of the same arguments are equal, and so is one that was interrupted and resumed.
 */
import { breathe, checkAborted, checkNumber, type Defence, type Examples, expected, type TrainableModel } from '@groundstate/core';
import { restoreModel } from './checkpoint';
import { averageOf, endEpoch } from './end-epoch';
import { batchesPerTurn, feed } from './feed';
import { checkFitOptions, type FitOptions } from './fit-options';
import type { History } from './history';
import { assignValues, checkFloat32, variablesOf } from './model-values';
import { plainDescent } from './plain-descent';
import { runIdentity } from './run-identity';
import { beginRun, checkpointOf, continueRun, disposeRun, historyOf } from './run-state';
import { type Run, trainBatch } from './train-batch';

/**
 * Trains `model` in place. In the end it holds the weights of the best validation, the average, or the last ones, as the
 * options have it. Rejects with `aborted`, or with `diverged` when a term or a new weight is not finite: weights and buffers
 * are then those before that step.
 *
 * @example
 * const history = await fit(model, train, standard(), { epochs: 5, seed: 0 });
 */
export async function fit(model: TrainableModel, examples: Examples, defence: Defence, options: FitOptions): Promise<History> {
  const settings = checkFitOptions(options);
  const { epochs, checkpointEvery: every } = settings;
  const { resume, signal } = options;
  if (examples.size === 0) throw expected('fit', 'examples', 'at least one example', 0);
  const { descent = plainDescent(), replays = 1 } = defence;
  checkNumber('fit', 'defence.replays', replays, { integer: true, min: 1 });
  checkFloat32(variablesOf(model));
  const identity = runIdentity(model, examples, { ...defence, descent }, settings);
  checkAborted('fit', signal);
  if (resume) restoreModel(resume, model, identity);
  const state = resume ? continueRun(resume) : beginRun(model, descent, settings);
  const { stepsPerEpoch: batchesPerEpoch = batchesPerTurn({ examples, ...settings }) } = settings;
  const steps = batchesPerEpoch * replays * epochs;
  const run: Run = { model, defence: { ...defence, descent, replays }, settings, options, steps, state };

  let written = performance.now();
  const checkpoint = async (): Promise<void> => {
    await options.onCheckpoint?.(await checkpointOf(model, identity, state, settings));
    written = performance.now();
  };
  const isDue = (): boolean => {
    // The replays of a batch stay together: due when one of its steps was.
    if (every.steps !== undefined) return state.optimiser.step % every.steps < replays;
    return every.seconds !== undefined && performance.now() - written >= 1000 * every.seconds;
  };

  try {
    while (epochs > state.epoch && !historyOf(state, settings).stopped) {
      for await (const portion of feed({ examples, ...settings, batchesPerEpoch }, state)) {
        await trainBatch(run, portion);
        state.batch++;
        state.unlabelled = portion.next;
        // Lets an abort in before it is asked for.
        await breathe();
        if (isDue() || signal?.aborted) await checkpoint();
        checkAborted('fit', signal);
      }
      try {
        await endEpoch(run);
      } catch (error) {
        // In the midst of a validation, which the resumed run repeats.
        if (signal?.aborted) await checkpoint();
        checkAborted('fit', signal);
        throw error;
      }
      await checkpoint();
    }
    return finish(run);
  } finally {
    disposeRun(state);
  }
}

/** Leaves the model with the weights that were asked for. The last checkpoint still has the last ones. */
function finish(run: Run): History {
  const { model, settings, options, state } = run;
  const history = historyOf(state, settings);
  if (history.stopped) options.onEvent?.({ kind: 'stopped', ...history.stopped });
  const values = settings.select === 'best' ? state.best : averageOf(run);
  if (values) assignValues(model, values);
  if (!history.best) return history;
  const by = settings.select;
  const selected = { epoch: by === 'best' ? history.best.epoch : history.epochs.length, by };
  options.onEvent?.({ kind: 'selected', ...selected });
  return { ...history, selected };
}
