/** What `compare` needs of a finished run's folder: who was trained, with which seeds, and which images each model stands on. */
import { basename, join, resolve } from 'node:path';
import { GroundstateError } from '@groundstate/core';
import * as z from 'zod';
import { type Comparison, comparisonSchema } from '../comparison/comparison';
import type { RunOutcomes, SeedOutcomes } from '../comparison/difference';
import { quoted } from '../console/quoted';
import { readJson, readRecord } from '../json-file';
import { seedKey } from '../model-key';
import { type ModelRow, type Results, resultsSchema } from '../results';
import { type FirstOutcomes, type FirstResults, firstResultsSchema, upgradedOutcomes } from '../upgrade-results';

/** One defence of one run, over the seeds that it was trained with there. */
export type Finalist = {
  readonly defence: string;
  /** Name of the run's folder. */
  readonly run: string;
  /** What it was trained with, but for the seed: equal in runs that repeat each other. */
  readonly settings: string;
  readonly outcomes: SeedOutcomes;
  /** Of the whole training, over the seeds; null for a model that was trained elsewhere. */
  readonly gradientEvaluations: readonly (number | null)[];
};

export type FinishedRun = {
  readonly path: string;
  readonly dataset: Results['dataset'];
  readonly threat: Results['threat'];
  readonly finalists: readonly Finalist[];
  /** Who is not among them, a line each: a mean over the trainings that came to an end would be one over the lucky ones. */
  readonly leftOut: readonly string[];
};

/** What is read here of results.json and outcomes.json; the rest is none of `compare`'s business. */
const cost = z.number().nullable();
const common = {
  dataset: z.looseObject({ name: z.string(), source: z.string(), digest: z.string().optional() }),
  threat: z.looseObject({ norm: z.string(), epsilon: z.number() }),
};
const row = z.looseObject({ name: z.string(), gradientEvaluations: cost });
const firstResultsShape = z.looseObject({ ...common, seed: z.number(), defences: z.array(row).min(1) });
const resultsShape = z.looseObject({
  ...common,
  defences: z.array(row.extend({ seed: z.number() })).min(1, { error: 'no training came to an end' }),
  diverged: z.array(z.looseObject({ name: z.string(), seed: z.number() })),
});
const comparisonShape = z.looseObject({
  ...common,
  summaries: z.array(z.looseObject({ entrant: z.string() })).min(1),
  rows: z.array(z.looseObject({ entrant: z.string(), gradientEvaluations: cost })),
});
const outcomesShape = z
  .looseObject({ ids: z.array(z.number()), standing: z.record(z.string(), z.string()) })
  .refine(({ ids, standing }) => Object.values(standing).every((each) => each.length === ids.length && /^[01]*$/.test(each)), {
    error: 'expected a 0 or a 1 for every image',
  });
const bySeed = z.record(z.string(), outcomesShape).refine((seeds) => Object.keys(seeds).length > 0);

/** Throws `not-found`, `invalid-argument` or `corrupt` where there is no finished run with the outcome of every image. */
export async function readRun(path: string): Promise<FinishedRun> {
  const file = join(path, 'results.json');
  const results = await readRecord<Results | FirstResults | Comparison>(
    file,
    'the results of a run',
    ({ schema }) => typeof schema === 'string',
  );
  if (!results) {
    const begun = (await readJson(join(path, 'config.json'))) !== undefined;
    const got = begun ? 'one that is not finished' : 'a folder without results.json';
    const advice = begun ? `Finish it first with --resume ${quoted(path)}.` : 'Name the folders of runs, as `groundstate run` made them.';
    throw new GroundstateError('not-found', `compare: expected \`${path}\` to be the folder of a finished run, got ${got}. ${advice}`);
  }
  if (results.schema !== resultsSchema && results.schema !== firstResultsSchema && results.schema !== comparisonSchema) {
    throw new GroundstateError(
      'invalid-argument',
      `compare: expected \`${path}\` to be a run whose models were attacked, got ${String((results as { schema?: unknown }).schema)}. Attack them first: groundstate evaluate --model ${join(path, 'models', '...')} --out DIR.`,
    );
  }
  const place = join(path, 'outcomes.json');
  const outcomes = await readRecord<FirstOutcomes | RunOutcomes>(place, 'the outcomes of a run', () => true);
  if (!outcomes) {
    throw new GroundstateError(
      'not-found',
      `compare: expected \`${path}\` to be a run with outcomes.json, which says of every image whether it stands, got none. Run it again with this version: groundstate run ... --config ${join(path, 'config.json')}.`,
    );
  }
  const { dataset, threat } = results;
  const about = { path, dataset, threat };
  if (results.schema === comparisonSchema) {
    check(file, results, comparisonShape);
    const entrants = results.summaries.map(({ entrant }) => entrant);
    check(place, outcomes, outcomesOf(entrants, bySeed));
    const finalists = entrants.map((entrant) => ({
      ...finalist(path, entrant, outcomes as RunOutcomes),
      gradientEvaluations: costs(results.rows.filter((each) => each.entrant === entrant)),
    }));
    return { ...about, finalists, leftOut: [] };
  }
  const first = results.schema === firstResultsSchema;
  check(file, results, first ? firstResultsShape : resultsShape);
  const rows: readonly ModelRow[] = first ? results.defences.map((each) => ({ ...each, seed: results.seed })) : results.defences;
  const diverged = first ? [] : results.diverged;
  const names = [...new Set(rows.map(({ name }) => name))].filter((name) => !diverged.some((each) => each.name === name));
  check(place, outcomes, outcomesOf(names, first ? outcomesShape : bySeed));
  const found = first ? upgradedOutcomes(outcomes as FirstOutcomes, results.seed) : (outcomes as RunOutcomes);
  const settings = await settingsOf(path);
  const finalists = names.map((name) => ({
    ...finalist(path, name, found),
    ...(settings ? { settings: canonical({ ...settings, name }) } : {}),
    gradientEvaluations: costs(rows.filter((each) => each.name === name)),
  }));
  const leftOut = diverged.map(({ name, seed }) => `${name} of ${basename(resolve(path))}: its training with ${seedKey(seed)} diverged`);
  return { ...about, finalists, leftOut };
}

type Costly = { readonly gradientEvaluations: number | null };
const costs = (rows: readonly Costly[]): Finalist['gradientEvaluations'] => rows.map(({ gradientEvaluations }) => gradientEvaluations);

function finalist(path: string, name: string, outcomes: RunOutcomes): Omit<Finalist, 'gradientEvaluations'> {
  return { defence: name, run: basename(resolve(path)), settings: `${resolve(path)} ${name}`, outcomes: outcomes[name]! };
}

const outcomesOf = (names: readonly string[], shape: z.ZodType): z.ZodType =>
  z.looseObject(Object.fromEntries(names.map((name) => [name, shape])));

/** What a defence of the run was trained with, but for the seeds: its name has its own settings. Nothing where the run does not tell. */
async function settingsOf(path: string): Promise<Record<string, unknown> | undefined> {
  const config = await readJson<{ pipeline?: string; request?: Record<string, unknown> }>(join(path, 'config.json'));
  if (!config?.request) return undefined;
  const { seed, seeds: _, out: __, data: ___, defences: ____, ...rest } = config.request;
  // The seed of an evaluation is that of its attacks: another one makes no second model of the one that was attacked.
  return config.pipeline === 'evaluate' ? { ...rest, seed } : rest;
}

/** @throws GroundstateError `corrupt` with the first place that is not as a run writes it. */
function check(file: string, found: unknown, shape: z.ZodType): void {
  const [issue] = shape.safeParse(found).error?.issues ?? [];
  if (issue === undefined) return;
  const place = issue.path.length > 0 ? `\`${issue.path.join('.')}\` of it` : 'it';
  throw new GroundstateError(
    'corrupt',
    `compare: expected \`${file}\` to be as a run writes it, got a fault in ${place}: ${issue.message}. Restore the file, or make the run again.`,
  );
}

/** JSON with the keys in order, so that equal settings give equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
