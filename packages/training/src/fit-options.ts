/** What `fit` takes, checked in one place. */
import { checkKeys, checkNumber, checkOneOf, expected, type Schedule, scheduled } from '@groundstate/core';
import { adam } from './adam';
import type { Augmentation } from './augmentations/augmentation';
import type { Checkpoint } from './checkpoint';
import type { Unlabelled } from './feed';
import type { Accuracies, Stopped } from './history';
import type { Optimiser } from './optimiser';
import type { Validation } from './robust-validation';
import { checkStopOptions, type StopOptions } from './selection';
import type { WeightAverage } from './weight-average';

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

/** What happens between epochs. `best`: no earlier epoch was as good. */
export type FitEvent =
  | ({ readonly kind: 'validation'; readonly epoch: number; readonly best: boolean } & Accuracies)
  | ({ readonly kind: 'stopped' } & Stopped)
  | { readonly kind: 'selected'; readonly epoch: number; readonly by: 'best' | 'last' };

/** Everything that `fit` may be told beside model, examples and defence; the README has the table. */
export interface FitOptions {
  readonly epochs: number;
  /** Seed of the data order and of every draw. */
  readonly seed: number;
  /** @default 64 */
  readonly batchSize?: number;
  /**
   * An epoch is so many batches (each `replays` steps of the defence): the labelled examples go round and round, in another order
   * each turn, across epochs. For few labels. @default one turn of the labelled examples
   */
  readonly stepsPerEpoch?: number;
  /** @default adam() */
  readonly optimiser?: Optimiser;
  /** @default 1e-3 */
  readonly learningRate?: number | Schedule;
  /** Longest gradient of a step, in the l2 norm over all weights; what a descent returns is shortened to it. @default no limit */
  readonly clipNorm?: number;
  /** An average of the weights beside them: it is validated, and the model holds it in the end. @default none */
  readonly averaging?: WeightAverage;
  /** Examples without labels: every step has a batch of them too. @default none */
  readonly unlabelled?: Unlabelled;
  /** Changes the inputs of every batch, labelled and unlabelled, at random. @default none */
  readonly augmentation?: Augmentation;
  /** Looks at the model after an epoch. @default none */
  readonly validation?: Validation;
  /** Whose weights the model holds in the end: those of the best validation, or the last. @default 'best' with `validation`, else 'last' */
  readonly select?: 'best' | 'last';
  /** Ends the training when the validation's robust accuracy rises no more. @default never */
  readonly stop?: StopOptions;
  /** Stops after the batch that runs, checkpoints, and rejects with code `aborted`; at once if nothing runs yet. */
  readonly signal?: AbortSignal;
  /** Called after every step. */
  readonly onProgress?: (progress: FitProgress) => void;
  /** Called between epochs: a validation, an early stop, the choice of the weights. */
  readonly onEvent?: (event: FitEvent) => void;
  /** Given a checkpoint after every epoch, and when the run is aborted; awaited. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void | Promise<void>;
  /** Also give one after every so many steps (a number, too), or seconds, at the next end of a batch. @default never */
  readonly checkpointEvery?: number | { readonly steps: number } | { readonly seconds: number };
  /** Continue from here. */
  readonly resume?: Checkpoint;
}

export type FitSettings = Required<Pick<FitOptions, 'epochs' | 'batchSize' | 'seed' | 'optimiser' | 'select'>> & {
  readonly learningRate: Schedule;
  readonly checkpointEvery: { readonly steps?: number; readonly seconds?: number };
  readonly stepsPerEpoch: number | undefined;
  readonly clipNorm: number | undefined;
  readonly averaging: WeightAverage | undefined;
  readonly unlabelled: Unlabelled | undefined;
  readonly augmentation: Augmentation | undefined;
  readonly validation: Validation | undefined;
  readonly stop: Required<StopOptions> | undefined;
};

/** Defaults filled in; throws at the first option that is unknown or off. */
export function checkFitOptions(options: FitOptions): FitSettings {
  checkKeys('fit', options, [
    'epochs',
    'seed',
    'batchSize',
    'stepsPerEpoch',
    'optimiser',
    'learningRate',
    'clipNorm',
    'averaging',
    'unlabelled',
    'augmentation',
    'validation',
    'select',
    'stop',
    'signal',
    'onProgress',
    'onEvent',
    'onCheckpoint',
    'checkpointEvery',
    'resume',
  ]);
  const { learningRate = 1e-3, optimiser = adam(), stepsPerEpoch, clipNorm, averaging, augmentation, validation, stop } = options;
  if (typeof learningRate === 'number') checkNumber('fit', 'learningRate', learningRate, { above: 0 });
  if (stepsPerEpoch !== undefined) checkNumber('fit', 'stepsPerEpoch', stepsPerEpoch, { integer: true, min: 1 });
  if (clipNorm !== undefined) checkNumber('fit', 'clipNorm', clipNorm, { above: 0 });
  const select = checkOneOf('fit', 'select', options.select ?? (validation ? 'best' : 'last'), ['best', 'last'] as const);
  if (!validation && (select === 'best' || stop)) {
    throw expected('fit', 'validation', 'given', undefined, `\`${stop ? 'stop' : 'select'}\` goes by its robust accuracy.`);
  }
  return {
    epochs: checkNumber('fit', 'epochs', options.epochs, { integer: true, min: 1 }),
    seed: checkNumber('fit', 'seed', options.seed, { integer: true }),
    batchSize: checkNumber('fit', 'batchSize', options.batchSize ?? 64, { integer: true, min: 1 }),
    optimiser,
    learningRate: scheduled(learningRate),
    checkpointEvery: checkEvery(options.checkpointEvery),
    stepsPerEpoch,
    clipNorm,
    averaging,
    unlabelled: options.unlabelled && checkUnlabelled(options.unlabelled),
    augmentation,
    validation,
    select,
    stop: stop && checkStopOptions(stop),
  };
}

function checkEvery(every: FitOptions['checkpointEvery']): FitSettings['checkpointEvery'] {
  if (every === undefined) return {};
  if (typeof every !== 'object' || every === null)
    return { steps: checkNumber('fit', 'checkpointEvery', every, { integer: true, min: 1 }) };
  checkKeys('fit.checkpointEvery', every, ['steps', 'seconds']);
  if ('seconds' in every && 'steps' in every) {
    throw expected('fit', 'checkpointEvery', 'given in steps or in seconds', 'both', 'Choose one of the two.');
  }
  if ('seconds' in every) return { seconds: checkNumber('fit', 'checkpointEvery.seconds', every.seconds, { above: 0 }) };
  return { steps: checkNumber('fit', 'checkpointEvery.steps', every.steps, { integer: true, min: 1 }) };
}

function checkUnlabelled(unlabelled: Unlabelled): Unlabelled {
  checkKeys('fit.unlabelled', unlabelled, ['examples', 'batchSize']);
  if (unlabelled.examples.size === 0) throw expected('fit', 'unlabelled.examples', 'at least one example', 0);
  checkNumber('fit', 'unlabelled.batchSize', unlabelled.batchSize, { integer: true, min: 1 });
  return unlabelled;
}
