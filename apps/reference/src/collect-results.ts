/** Puts the results of a run together from its models: rows, means over the seeds, paired differences. */
import type { Outcomes } from '@groundstate/metrics';
import type { Figure, RunOutcomes } from './comparison/difference';
import { differencesOf } from './comparison/run-differences';
import { sharesOverSeeds } from './comparison/summary';
import { seedKey } from './model-key';
import { type DefenceRow, type Diverged, defenceNames, type Results, type RunSetting, type RunSummary, resultsSchema } from './results';

/** One trained and attacked model of a run. */
export type MeasuredModel = {
  readonly seed: number;
  readonly row: DefenceRow;
  /** Of every attacked image. */
  readonly outcomes: Outcomes;
  /** Of every image of the whole test set, clean; where that was measured. */
  readonly wholeOutcomes?: Outcomes;
};

export type CollectedResults = {
  readonly results: Results;
  readonly outcomes: RunOutcomes;
  /** Of the whole test set; null where it was not measured. */
  readonly cleanOutcomes: RunOutcomes | null;
};

export function collectResults(
  setting: RunSetting,
  models: readonly MeasuredModel[],
  diverged: readonly Diverged[] = [],
): CollectedResults {
  const outcomes = bySeed(models, (model) => model.outcomes);
  const whole = models.length > 0 && models.every(({ wholeOutcomes }) => wholeOutcomes !== undefined);
  const cleanOutcomes = whole ? bySeed(models, (model) => model.wholeOutcomes!) : null;
  const rows = models.map(({ row, seed }) => ({ ...row, seed }));
  const names = defenceNames({ defences: rows, diverged }).filter((name) => !diverged.some((each) => each.name === name));
  const measured: readonly (readonly [Figure, RunOutcomes])[] = [
    ...(cleanOutcomes ? [['clean', cleanOutcomes] as const] : []),
    ['worst', outcomes],
  ];
  const results: Results = {
    schema: resultsSchema,
    ...setting,
    defences: rows,
    summaries: names.map((name) => summaryOf(name, rows)),
    differences: measured.flatMap(([figure, of]) => differencesOf(names, of, figure)),
    diverged,
  };
  return { results, outcomes, cleanOutcomes };
}

export function summaryOf(name: string, rows: readonly DefenceRow[]): RunSummary {
  const own = rows.filter((row) => row.name === name);
  const costs = own.map(({ gradientEvaluations }) => gradientEvaluations);
  const known = costs.every((cost) => cost !== null) ? (costs as number[]) : null;
  const mean = known && known.reduce((sum, cost) => sum + cost, 0) / known.length;
  return { name, gradientEvaluations: mean, accuracy: sharesOverSeeds(own) };
}

function bySeed(models: readonly MeasuredModel[], of: (model: MeasuredModel) => Outcomes): RunOutcomes {
  const found: Record<string, Record<string, Outcomes>> = {};
  for (const model of models) found[model.row.name] = { ...found[model.row.name], [seedKey(model.seed)]: of(model) };
  return found;
}
