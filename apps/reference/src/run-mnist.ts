/** The MNIST pipeline: every defence trained on the same data from the same weights, attacked alike, laid side by side. */
import { type Dataset, order, subset } from '@groundstate/core';
import type { Outcomes } from '@groundstate/metrics';
import { type Audit, auditSchema, type DefenceAudit } from './audit/audit';
import type { RunRequest } from './config/run-request';
import type { Requested } from './config/sealed';
import type { Console } from './console/progress';
import { defencesFor } from './defences';
import type { Environment } from './environment';
import type { Preset, PresetName } from './presets';
import { type DefenceRow, type Results, resultsSchema } from './results';
import type { RunDirectory, Timing } from './run-directory';
import { digestOf, testImages } from './test-images';
import { threatOf } from './threat';
import { completeUnit } from './unit/unit';

/** config.json: everything that decides the results, and what it ran on. */
export type MnistConfig = Environment &
  Requested<RunRequest> & {
    readonly schema: 'groundstate/config@1';
    readonly pipeline: 'mnist';
    readonly preset: PresetName;
    /** The numbers behind the preset, so that a later version of it changes nothing here. */
    readonly sizes: Preset;
    readonly seed: number;
    readonly backend: string;
    /** The folder the data came from; null for synthetic digits. */
    readonly data: string | null;
    readonly threat: { readonly norm: string; readonly epsilon: number };
  };

export interface MnistRun {
  readonly directory: RunDirectory<MnistConfig>;
  readonly dataset: Dataset;
  readonly console: Console;
  readonly signal: AbortSignal;
}

/** Rejects with code `aborted` when the signal fires; the folder then holds all that a continuation needs. */
export async function runMnist({ directory, dataset, console, signal }: MnistRun): Promise<Results> {
  const { sizes, seed, threat: named, backend } = directory.config;
  const threat = threatOf(named);
  const all = await dataset.load('train');
  const train = sizes.train < all.size ? subset(all, order(all.size, { seed, epoch: 0 }).slice(0, sizes.train)) : all;
  const everything = await dataset.load('test');
  const test = testImages(everything, sizes.test);
  const rows: DefenceRow[] = [];
  const audits: DefenceAudit[] = [];
  const outcomes: Record<string, Outcomes> = {};
  const timings: Record<string, Timing> = {};
  const { epochs, batchSize, attacks, audit } = sizes;
  for (const defence of defencesFor(threat, directory.config.request?.defences)) {
    const plan = { key: defence.name, defence, seed, epochs, batchSize, learningRate: 1e-3, attacks, attackSeed: seed, audit };
    const unit = await completeUnit(plan, { directory, console, signal, train, test, threat });
    rows.push(unit.row!);
    outcomes[defence.name] = unit.outcomes!;
    audits.push((await directory.audit(plan.key))!);
    timings[defence.name] = { training: unit.training, evaluation: unit.evaluation!, audit: unit.audit! };
  }
  const results: Results = {
    schema: resultsSchema,
    dataset: {
      name: dataset.card.name,
      source: dataset.card.source,
      train: train.size,
      test: test.size,
      digest: await digestOf(everything),
    },
    backend,
    seed,
    threat: named,
    defences: rows,
  };
  const found: Audit = { schema: auditSchema, defences: audits };
  const total = Object.values(timings).reduce((sum, { training, evaluation, audit = 0 }) => sum + training + evaluation + audit, 0);
  const note = 'seconds of the processes that finished each part; time spent before an interruption is not counted';
  await directory.finish(results, { unit: 'seconds', note, total, defences: timings }, { 'outcomes.json': outcomes, 'audit.json': found });
  return results;
}
