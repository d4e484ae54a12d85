/** Everything that changes while a run goes on, how it begins, how it is laid into a checkpoint and taken out again. */
import { createMeter, type Descent, type Meter, type TrainableModel } from '@groundstate/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type Checkpoint, type Clipping, collectTensors, type RunIdentity, restoreGroup } from './checkpoint';
import type { CyclePosition } from './feed';
import type { FitSettings } from './fit-options';
import type { Epoch, History } from './history';
import { checkFloat32, copied, variablesOf } from './model-values';
import type { OptimiserState } from './optimiser';
import { bestEpoch, robustOverfitting, stoppedAfter } from './selection';

export interface RunState {
  optimiser: OptimiserState;
  /** Of the descent. */
  memory: NamedTensorMap;
  /** Empty without averaging. */
  average: NamedTensorMap;
  /** Of the best validation; empty before the first. */
  best: NamedTensorMap;
  /** Of the finished epochs. */
  epochs: readonly Epoch[];
  /** The epoch that runs, from 0, and how many of its batches are done. */
  epoch: number;
  batch: number;
  /** Over this epoch's examples. */
  sums: Readonly<Record<string, number>>;
  seen: number;
  clipping: Clipping;
  unlabelled: CyclePosition;
  /** Of training. */
  readonly meter: Meter;
  /** Gradient evaluations of validations. */
  validating: number;
}

export const noClipping: Clipping = { norms: 0, clipped: 0, steps: 0 };

export function beginRun(model: TrainableModel, descent: Descent, { optimiser, averaging }: FitSettings): RunState {
  const state: RunState = {
    optimiser: optimiser.init(model.weights),
    memory: {},
    average: averaging ? copied(variablesOf(model)) : {},
    best: {},
    epochs: [],
    epoch: 0,
    batch: 0,
    sums: {},
    seen: 0,
    clipping: noClipping,
    unlabelled: { epoch: 0, batch: 0 },
    meter: createMeter(),
    validating: 0,
  };
  try {
    state.memory = descent.init?.(model) ?? {};
    checkFloat32(state.optimiser.slots, 'optimiser/');
    checkFloat32(state.memory, 'memory/');
  } catch (error) {
    disposeRun(state);
    throw error;
  }
  return state;
}

export function continueRun(checkpoint: Checkpoint): RunState {
  const { position, history } = checkpoint;
  return {
    optimiser: { step: position.optimiserStep, slots: restoreGroup(checkpoint, 'optimiser') },
    memory: restoreGroup(checkpoint, 'memory'),
    average: restoreGroup(checkpoint, 'average'),
    best: restoreGroup(checkpoint, 'best'),
    epochs: history.epochs,
    epoch: position.epoch,
    batch: position.batch,
    sums: position.sums,
    seen: position.seen,
    clipping: position.clipping ?? noClipping,
    unlabelled: position.unlabelled ?? { epoch: 0, batch: 0 },
    meter: Object.assign(createMeter(), { forwards: history.forwards, backwards: history.backwards }),
    validating: history.gradientEvaluations?.validation ?? 0,
  };
}

export async function checkpointOf(model: TrainableModel, run: RunIdentity, state: RunState, settings: FitSettings): Promise<Checkpoint> {
  const { optimiser, memory, average, best, epoch, batch, sums, seen, clipping, unlabelled } = state;
  const position = {
    epoch,
    batch,
    optimiserStep: optimiser.step,
    sums,
    seen,
    ...(settings.clipNorm === undefined ? {} : { clipping }),
    ...(settings.unlabelled ? { unlabelled } : {}),
  };
  const tensors = await collectTensors(model, { optimiser: optimiser.slots, memory, average, best });
  return { run, position, history: historyOf(state, settings), tensors };
}

export function historyOf({ epochs, optimiser, meter, validating }: RunState, settings: FitSettings): History {
  const best = bestEpoch(epochs);
  const stopped = stoppedAfter(epochs, settings.stop, settings.epochs);
  return {
    epochs,
    steps: optimiser.step,
    forwards: meter.forwards,
    backwards: meter.backwards,
    gradientEvaluations: { training: meter.backwards, validation: validating },
    ...(best ? { best, robustOverfitting: robustOverfitting(epochs)! } : {}),
    ...(stopped ? { stopped } : {}),
  };
}

export function disposeRun({ optimiser, memory, average, best }: RunState): void {
  tf.dispose([optimiser.slots, memory, average, best]);
}
