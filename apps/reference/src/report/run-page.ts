/** What the sections of a run's report have in common, and the same for every seed alone. */

import { modelKey } from '../model-key';
import { defenceNames, strongestFirst } from '../results';
import { type Mark, unmarked } from './mark';
import { type Series, seriesOf } from './palette';
import type { RunReportInput } from './report-input';

export type SeedPage = {
  readonly seed: number;
  readonly mark: Mark;
  /** With what is of this seed alone; logs and timings by defence. */
  readonly input: RunReportInput;
  /** A look for every defence, the same in all charts and for every seed. */
  readonly series: readonly Series[];
};

export type RunPage = {
  readonly input: RunReportInput;
  readonly series: readonly Series[];
  /** By the name of every attack of the run, the strongest on average first; `worst` is not among them. */
  readonly attacks: readonly string[];
  /** Test images that were attacked. */
  readonly n: number;
  readonly bySeed: readonly SeedPage[];
};

export function runPage(input: RunReportInput): RunPage {
  const { defences, dataset, seeds } = input.results;
  const series = seriesOf(defenceNames(input.results));
  return {
    input,
    series,
    attacks: strongestFirst(defences),
    n: dataset.test,
    bySeed: seeds.map((seed) => ({
      seed,
      mark: seeds.length === 1 ? unmarked : { id: `-seed-${seed}`, words: `, seed ${seed}` },
      input: ofSeed(input, seed),
      series,
    })),
  };
}

function ofSeed(input: RunReportInput, seed: number): RunReportInput {
  const { results, audit, logs, timings } = input;
  const { seeds, defences } = results;
  const names = defenceNames(results);
  const byName = <T>(of: { readonly [key: string]: T }): { readonly [name: string]: T } =>
    Object.fromEntries(
      names.flatMap((name) => {
        const found = of[modelKey(name, seed, seeds)];
        return found === undefined ? [] : [[name, found] as const];
      }),
    );
  return {
    ...input,
    results: { ...results, seeds: [seed], defences: defences.filter((row) => row.seed === seed) },
    audit: audit && { ...audit, defences: audit.defences.filter((each) => (each.seed ?? seeds[0]) === seed) },
    logs: byName(logs),
    timings: timings && byName(timings),
  };
}
