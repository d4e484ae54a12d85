/** What `fit` takes, checked in one place. */
import { checkKeys, checkNumber, type Schedule, scheduled } from '@groundstate/core';
import { adam } from './adam';
import type { Checkpoint } from './checkpoint';
import type { Optimiser } from './optimiser';

/** One event a step. */
export interface FitProgress {
  /** From 1, of `epochs`. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in the whole run, of `steps`. */
  readonly step: number;
  readonly steps: number;
  readonly learningRate: number;
  /** Of this step's batch. */
  readonly terms: { readonly [term: string]: number };
}

export interface FitOptions {
  readonly epochs: number;
  /** Seed of the data order and of every draw. */
  readonly seed: number;
  /** @default 64 */
  readonly batchSize?: number;
  /** @default adam() */
  readonly optimiser?: Optimiser;
  /** @default 1e-3 */
  readonly learningRate?: number | Schedule;
  /** Stops after the batch that runs, checkpoints, and rejects with code `aborted`; at once if nothing runs yet. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FitProgress) => void;
  /** Given a checkpoint after every epoch, and when the run is aborted; awaited. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void | Promise<void>;
  /** Also give one after every so many steps, at the next end of a batch. @default never */
  readonly checkpointEvery?: number;
  /** Continue from here. */
  readonly resume?: Checkpoint;
}

export type FitSettings = Required<Pick<FitOptions, 'epochs' | 'batchSize' | 'seed' | 'optimiser'>> & {
  readonly learningRate: Schedule;
  readonly checkpointEvery: number | undefined;
};

/** Defaults filled in; throws at the first option that is unknown or off. */
export function checkFitOptions(options: FitOptions): FitSettings {
  checkKeys('fit', options, [
    'epochs',
    'seed',
    'batchSize',
    'optimiser',
    'learningRate',
    'signal',
    'onProgress',
    'onCheckpoint',
    'checkpointEvery',
    'resume',
  ]);
  const { learningRate = 1e-3, optimiser = adam(), checkpointEvery } = options;
  if (typeof learningRate === 'number') checkNumber('fit', 'learningRate', learningRate, { above: 0 });
  if (checkpointEvery !== undefined) checkNumber('fit', 'checkpointEvery', checkpointEvery, { integer: true, min: 1 });
  return {
    epochs: checkNumber('fit', 'epochs', options.epochs, { integer: true, min: 1 }),
    seed: checkNumber('fit', 'seed', options.seed, { integer: true }),
    batchSize: checkNumber('fit', 'batchSize', options.batchSize ?? 64, { integer: true, min: 1 }),
    optimiser,
    learningRate: scheduled(learningRate),
    checkpointEvery,
  };
}
