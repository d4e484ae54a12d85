/**
 * A comparison of tuned defences: each is trained with the settings that its own trials chose, on the same examples, with
 * several seeds, and attacked alike on test images that no trial has seen. The conclusion is drawn from differences that
 * are paired image by image and seed by seed.
 */
import { type DatasetCard, GroundstateError } from '@groundstate/core';
import type { Outcomes } from '@groundstate/metrics';
import type { RankRequest } from '../config/rank-request';
import type { Requested } from '../config/sealed';
import type { Environment } from '../environment';
import type { DatasetInfo, DefenceRow } from '../results';
import type { RunDirectory, Timing } from '../run-directory';
import { contenders, type Settings } from '../tuning/contenders';
import type { Tuning } from '../tuning/tuning';
import type { Bench } from '../unit/plan';
import { attemptUnit } from '../unit/unit';
import { type Difference, differenceOf } from './difference';
import { type Summary, summaryOf } from './summary';

export const comparisonSchema = 'groundstate/comparison@1';

/** Who is compared: a contender and its settings. Two entrants may be one contender. */
export type Entrant = { readonly name: string; readonly contender: string; readonly settings: Settings };

export type ComparisonConfig = Environment &
  Requested<RankRequest> & {
    readonly schema: 'groundstate/config@1';
    readonly pipeline: 'rank';
    readonly seeds: readonly number[];
    readonly backend: string;
    readonly data: string | null;
    readonly threat: { readonly norm: string; readonly epsilon: number };
    readonly sizes: { readonly train: number; readonly test: number; readonly epochs: number; readonly batchSize: number };
    readonly attacks: readonly string[];
    readonly entrants: readonly Entrant[];
    /** Where the settings come from. */
    readonly tuning: { readonly seed: number; readonly validation: number; readonly trials: number };
    /** Who is set against whom. */
    readonly pairs: readonly (readonly [left: string, right: string])[];
  };

export type ComparisonRow = { readonly entrant: string; readonly seed: number } & DefenceRow;

export type Comparison = {
  readonly schema: typeof comparisonSchema;
  readonly dataset: DatasetInfo;
  readonly backend: string;
  readonly threat: { readonly norm: string; readonly epsilon: number };
  readonly attacks: readonly string[];
  readonly tuning: ComparisonConfig['tuning'];
  readonly entrants: readonly Entrant[];
  readonly summaries: readonly Summary[];
  readonly differences: readonly Difference[];
  readonly rows: readonly ComparisonRow[];
  /** Trainings that came to no end. An entrant with one of them has no summary and stands in no difference. */
  readonly diverged: readonly { readonly entrant: string; readonly seed: number; readonly reason: string }[];
};

/**
 * The best of every contender's trials. Where D_1 and D_2 were tuned to different settings, D_1 also stands with those of
 * D_2: that pair walks the same paths, and shows what the second segment does.
 */
export function entrantsOf({ best }: Tuning): readonly Entrant[] {
  const entrants = Object.values(best).map(({ contender, settings }) => ({ name: contender, contender, settings }));
  const [coarse, fine] = [best['energy-d1'], best['energy-d2']];
  if (!coarse || !fine || JSON.stringify(coarse.settings) === JSON.stringify(fine.settings)) return entrants;
  return [...entrants, { name: 'energy-d1, path of d2', contender: 'energy-d1', settings: fine.settings }];
}

/** D_2 against everybody else, where it takes part; else the last against all others. */
export function pairsOf(entrants: readonly Entrant[]): ComparisonConfig['pairs'] {
  const left = entrants.find(({ name }) => name === 'energy-d2') ?? entrants.at(-1);
  return left ? entrants.filter(({ name }) => name !== left.name).map(({ name }) => [left.name, name] as const) : [];
}

export interface ComparisonRun extends Omit<Bench, 'directory'> {
  readonly directory: RunDirectory<ComparisonConfig>;
  /** Which of the models are this process's. */
  readonly mine: (index: number) => boolean;
}

/** Trains and attacks every model that is this process's. */
export async function runModels(run: ComparisonRun): Promise<void> {
  const { config } = run.directory;
  const { epochs, batchSize } = config.sizes;
  for (const [index, { entrant, seed }] of modelsOf(config).entries()) {
    if (!run.mine(index)) continue;
    const { build } = contenders.find(({ name }) => name === entrant.contender)!;
    const defence = build(entrant.settings, run.threat);
    const training = entrant.settings.learningRate!;
    const { attacks } = config;
    // The attacks draw alike for every seed of the training: what differs between seeds is the model.
    await attemptUnit({ key: keyOf(entrant, seed), defence, seed, epochs, batchSize, training, attacks, attackSeed: 0 }, run);
  }
}

/** The comparison, once all models are done, by whichever processes. */
export async function collectComparison(
  directory: RunDirectory<ComparisonConfig>,
  { name, source }: DatasetCard,
  /** Of the whole test set. */
  digest: string,
): Promise<{ readonly comparison: Comparison; readonly outcomes: object; readonly timings: object }> {
  const { config } = directory;
  const rows: ComparisonRow[] = [];
  const outcomes: Record<string, Record<string, Outcomes>> = {};
  const timings: Record<string, Timing> = {};
  const diverged: Comparison['diverged'][number][] = [];
  for (const { entrant, seed } of modelsOf(config)) {
    const key = keyOf(entrant, seed);
    const unit = await directory.unit(key);
    if (unit?.diverged) {
      diverged.push({ entrant: entrant.name, seed, reason: unit.diverged });
      continue;
    }
    if (!unit?.row || !unit.outcomes) {
      throw new GroundstateError('not-found', `rank: expected \`${key}\` to be finished, found it is not.`);
    }
    rows.push({ entrant: entrant.name, seed, ...unit.row });
    outcomes[entrant.name] = { ...outcomes[entrant.name], [`seed ${seed}`]: unit.outcomes };
    timings[key] = { training: unit.training, evaluation: unit.evaluation ?? 0 };
  }
  const visits = config.sizes.train * config.sizes.epochs;
  const whole = (name: string): boolean => !diverged.some(({ entrant }) => entrant === name);
  const comparison: Comparison = {
    schema: comparisonSchema,
    dataset: { name, source, train: config.sizes.train, test: config.sizes.test, digest },
    backend: config.backend,
    threat: config.threat,
    attacks: config.attacks,
    tuning: config.tuning,
    entrants: config.entrants,
    summaries: config.entrants
      .filter(({ name }) => whole(name))
      .map((entrant) =>
        summaryOf(
          entrant.name,
          rows.filter((row) => row.entrant === entrant.name),
          visits,
        ),
      ),
    differences: config.pairs
      .filter((pair) => pair.every(whole))
      .map(([left, right]) => differenceOf([left, outcomes[left]!], [right, outcomes[right]!])),
    rows,
    diverged,
  };
  return { comparison, outcomes, timings: { unit: 'seconds', models: timings } };
}

/** Seed by seed: what is there of an unfinished comparison is then a whole one of fewer seeds. */
function modelsOf({ entrants, seeds }: ComparisonConfig): readonly { readonly entrant: Entrant; readonly seed: number }[] {
  return seeds.flatMap((seed) => entrants.map((entrant) => ({ entrant, seed })));
}

const keyOf = ({ name }: Entrant, seed: number): string => `${name.replaceAll(/[^a-z0-9-]+/g, '-')}/seed-${seed}`;
