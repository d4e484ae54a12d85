/**
 * The tuning protocol: every contender gets the same number of trials, drawn beforehand, on the same training examples and
 * the same validation examples, which are neither trained on nor part of the test set. All trials are recorded. The best is
 * the one with the highest worst-case accuracy on the validation examples; where two are equal, the higher clean accuracy,
 * then the earlier trial.
 */
import { type DatasetCard, type Examples, GroundstateError, order, subset } from '@groundstate/core';
import { isTree } from '../config/layers';
import type { Requested } from '../config/sealed';
import type { TuneRequest } from '../config/tune-request';
import type { Environment } from '../environment';
import type { Share } from '../results';
import type { RunDirectory, Timing, Unit } from '../run-directory';
import type { Bench } from '../unit/plan';
import { attemptUnit } from '../unit/unit';
import { contenders, type Settings } from './contenders';

export const tuningSchema = 'groundstate/tuning@1';

export type PlannedTrial = { readonly contender: string; readonly trial: number; readonly settings: Settings };

/** How much is done, and with what; part of config.json. */
export type TuningSizes = TuneRequest['sizes'];

/** config.json: everything that decides the results, all trials included, before the first of them is trained. */
export type TuningConfig = Environment &
  Requested<TuneRequest> & {
    readonly schema: 'groundstate/config@1';
    readonly pipeline: 'tune';
    readonly seed: number;
    readonly backend: string;
    /** The folder the data came from; null for synthetic digits. */
    readonly data: string | null;
    readonly threat: { readonly norm: string; readonly epsilon: number };
    readonly sizes: TuningSizes;
    readonly trials: readonly PlannedTrial[];
  };

export type TrialRow = PlannedTrial & {
  /** Counted over the training, attacks included; null where it diverged. */
  readonly gradientEvaluations: number | null;
  readonly clean: Share | null;
  /** No attack of the validation fools it. */
  readonly worst: Share | null;
  /** What `fit` said, where it came to no end. */
  readonly diverged: string | null;
};

export type Tuning = {
  readonly schema: typeof tuningSchema;
  readonly dataset: { readonly name: string; readonly source: string };
  readonly backend: string;
  readonly seed: number;
  readonly threat: { readonly norm: string; readonly epsilon: number };
  readonly sizes: TuningSizes;
  readonly trials: readonly TrialRow[];
  /** By contender: the trial that was best. */
  readonly best: { readonly [contender: string]: TrialRow };
};

/** The training examples in an order of the seed's: the validation examples first, so that longer trainings never meet them. */
export function splitTraining(
  owner: string,
  all: Examples,
  sizes: Pick<TuningSizes, 'train' | 'validation'>,
  seed: number,
): Record<'train' | 'validation', Examples> {
  const { train, validation } = sizes;
  if (train + validation > all.size) {
    const wanted = `${train} training and ${validation} validation examples`;
    throw new GroundstateError(
      'invalid-argument',
      `${owner}: expected \`train\` to be small enough to leave room for the validation, got ${wanted} of ${all.size}.`,
    );
  }
  const shuffled = order(all.size, { seed, epoch: 0 });
  return {
    validation: subset(all, shuffled.slice(0, validation)),
    train: subset(all, shuffled.slice(validation, validation + train)),
  };
}

export interface TuningRun extends Omit<Bench, 'directory'> {
  readonly directory: RunDirectory<TuningConfig>;
  /** Which of the trials are this process's. */
  readonly mine: (index: number) => boolean;
}

/** Trains and validates every trial that is this process's. */
export async function runTrials(run: TuningRun): Promise<void> {
  for (const [index, planned] of run.directory.config.trials.entries()) if (run.mine(index)) await completeTrial(planned, run);
}

/** The tuning, once all trials are done, by whichever processes. */
export async function collectTuning(
  directory: RunDirectory<TuningConfig>,
  { name, source }: DatasetCard,
): Promise<{ readonly tuning: Tuning; readonly timings: object }> {
  const { seed, backend, threat, sizes } = directory.config;
  const trials: TrialRow[] = [];
  const timings: Record<string, Timing> = {};
  for (const planned of directory.config.trials) {
    const key = trialKey(planned);
    const unit = await directory.unit(key);
    if (!unit?.row && !unit?.diverged)
      throw new GroundstateError('not-found', `tune: expected \`${key}\` to be finished, found it is not.`);
    trials.push(trialRow(planned, unit));
    timings[key] = { training: unit.training, evaluation: unit.evaluation ?? 0 };
  }
  const tuning = {
    schema: tuningSchema,
    dataset: { name, source },
    backend,
    seed,
    threat,
    sizes,
    trials,
    best: bestTrials(trials),
  } as const;
  return { tuning, timings: { unit: 'seconds', trials: timings } };
}

const trialKey = ({ contender, trial }: PlannedTrial): string => `${contender}/trial-${trial}`;

async function completeTrial({ contender, trial, settings }: PlannedTrial, run: TuningRun): Promise<void> {
  const { seed, sizes } = run.directory.config;
  const { epochs, batchSize, attacks } = sizes;
  const { build } = contenders.find(({ name }) => name === contender)!;
  const key = trialKey({ contender, trial, settings });
  const training = settings.learningRate!;
  await attemptUnit({ key, defence: build(settings, run.threat), seed, epochs, batchSize, training, attacks, attackSeed: seed }, run);
}

function trialRow(planned: PlannedTrial, { gradientEvaluations, row, diverged }: Unit): TrialRow {
  if (!row) return { ...planned, gradientEvaluations: null, clean: null, worst: null, diverged: diverged ?? null };
  const { accuracy, low, high, n } = row.robust.find(({ attack }) => attack === 'worst')!;
  return { ...planned, gradientEvaluations, clean: row.clean, worst: { accuracy, low, high, n }, diverged: null };
}

/** What a ranking reads of it is there, and about contenders that there are. */
export function isTuning({ schema, dataset, best }: Partial<Tuning>): boolean {
  const known = (row: TrialRow | null): boolean =>
    contenders.some(({ name }) => name === row?.contender) && typeof row?.settings?.learningRate === 'number';
  return schema === tuningSchema && typeof dataset?.name === 'string' && isTree(best) && Object.values(best as Tuning['best']).every(known);
}

export function bestTrials(rows: readonly TrialRow[]): Record<string, TrialRow> {
  const best: Record<string, TrialRow> = {};
  for (const row of rows) {
    const leader = best[row.contender];
    if (row.worst && (!leader || better(row, leader))) best[row.contender] = row;
  }
  return best;
}

function better(row: TrialRow, leader: TrialRow): boolean {
  const [mine, theirs] = [row.worst!.accuracy ?? 0, leader.worst!.accuracy ?? 0];
  return mine > theirs || (mine === theirs && (row.clean!.accuracy ?? 0) > (leader.clean!.accuracy ?? 0));
}
