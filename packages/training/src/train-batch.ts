/** All replays of one batch: the steps, the average behind each, the sums for the history. */
import type { Defence, Descent, TrainableModel } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Portion } from './feed';
import type { FitOptions, FitSettings } from './fit-options';
import { variablesOf } from './model-values';
import type { RunState } from './run-state';
import { takeStep } from './take-step';
import { averaged } from './weight-average';

/** A run: what stays the same, and its state. */
export interface Run {
  readonly model: TrainableModel;
  readonly defence: Defence & { readonly descent: Descent; readonly replays: number };
  readonly settings: FitSettings;
  readonly options: Pick<FitOptions, 'onProgress' | 'onEvent' | 'signal'>;
  /** In the whole run. */
  readonly steps: number;
  readonly state: RunState;
}

export async function trainBatch(run: Run, portion: Portion): Promise<void> {
  const { model, defence, settings, options, steps, state } = run;
  const { optimiser, seed, clipNorm, learningRate: schedule, averaging, epochs } = settings;
  const { objective, descent, replays } = defence;
  const setting = { model, objective, descent, optimiser, seed, clipNorm, meter: state.meter };
  const { labelled: batch, unlabelled } = portion;
  for (let replay = 0; replay < replays; replay++) {
    const { optimiser: last, memory, epoch } = state;
    const progress = last.step / steps;
    const learningRate = schedule(progress);
    const point = { batch, unlabelled, state: last, memory, epoch, replay, steps, progress, learningRate };
    const { state: next, memory: remembered, values, gradientNorm } = await takeStep(setting, point);
    [state.optimiser, state.memory] = [next, remembered];
    if (averaging) {
      const before = state.average;
      state.average = averaged(before, variablesOf(model), averaging.decayAt(last.step));
      tf.dispose(before);
    }
    const n = batch.ids.length;
    const { sums, clipping } = state;
    state.sums = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, (sums[name] ?? 0) + value * n]));
    state.seen += n;
    if (gradientNorm !== undefined) {
      const clipped = clipping.clipped + (gradientNorm > clipNorm! ? 1 : 0);
      state.clipping = { norms: clipping.norms + gradientNorm, clipped, steps: clipping.steps + 1 };
    }
    options.onProgress?.({ epoch: epoch + 1, epochs, step: next.step, steps, learningRate, terms: values });
  }
}
