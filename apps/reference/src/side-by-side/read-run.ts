/** What `compare` needs of a finished run's folder: who was trained, with which seeds, and which images each model stands on. */
import { basename, join, resolve } from 'node:path';
import { GroundstateError } from '@groundstate/core';
import type { Outcomes } from '@groundstate/metrics';
import * as z from 'zod';
import { type Comparison, comparisonSchema } from '../comparison/comparison';
import type { SeedOutcomes } from '../comparison/difference';
import { quoted } from '../console/quoted';
import { readJson, readRecord } from '../json-file';
import { type Results, resultsSchema } from '../results';

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
};

/** What is read here of results.json and outcomes.json; the rest is none of `compare`'s business. */
const cost = z.number().nullable();
const common = {
  dataset: z.looseObject({ name: z.string(), source: z.string(), digest: z.string().optional() }),
  threat: z.looseObject({ norm: z.string(), epsilon: z.number() }),
};
const resultsShape = z.looseObject({
  ...common,
  seed: z.number(),
  defences: z.array(z.looseObject({ name: z.string(), gradientEvaluations: cost })).min(1),
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

/** Throws `not-found`, `invalid-argument` or `corrupt` where there is no finished run with the outcome of every image. */
export async function readRun(path: string): Promise<FinishedRun> {
  const file = join(path, 'results.json');
  const results = await readRecord<Results | Comparison>(file, 'the results of a run', ({ schema }) => typeof schema === 'string');
  if (!results) {
    const begun = (await readJson(join(path, 'config.json'))) !== undefined;
    const got = begun ? 'one that is not finished' : 'a folder without results.json';
    const advice = begun ? `Finish it first with --resume ${quoted(path)}.` : 'Name the folders of runs, as `groundstate run` made them.';
    throw new GroundstateError('not-found', `compare: expected \`${path}\` to be the folder of a finished run, got ${got}. ${advice}`);
  }
  if (results.schema !== resultsSchema && results.schema !== comparisonSchema) {
    throw new GroundstateError(
      'invalid-argument',
      `compare: expected \`${path}\` to be a run whose models were attacked, got ${String((results as { schema?: unknown }).schema)}. Attack them first: groundstate evaluate --model ${join(path, 'models', '...')} --out DIR.`,
    );
  }
  const place = join(path, 'outcomes.json');
  const outcomes = await readRecord<Record<string, Outcomes | SeedOutcomes>>(place, 'the outcomes of a run', () => true);
  if (!outcomes) {
    throw new GroundstateError(
      'not-found',
      `compare: expected \`${path}\` to be a run with outcomes.json, which says of every image whether it stands, got none. Run it again with this version: groundstate run ... --config ${join(path, 'config.json')}.`,
    );
  }
  const ranked = results.schema === comparisonSchema;
  check(file, results, ranked ? comparisonShape : resultsShape);
  const models = ranked ? results.summaries.map(({ entrant }) => entrant) : results.defences.map(({ name }) => name);
  const one = ranked ? z.record(z.string(), outcomesShape).refine((seeds) => Object.keys(seeds).length > 0) : outcomesShape;
  check(place, outcomes, z.looseObject(Object.fromEntries(models.map((name) => [name, one]))));
  const run = basename(resolve(path));
  const { dataset, threat } = results;
  if (results.schema === comparisonSchema) {
    const finalists = results.summaries.map(({ entrant }): Finalist => {
      const rows = results.rows.filter((row) => row.entrant === entrant);
      return {
        defence: entrant,
        run,
        settings: `${resolve(path)} ${entrant}`,
        outcomes: outcomes[entrant] as SeedOutcomes,
        gradientEvaluations: rows.map((row) => row.gradientEvaluations),
      };
    });
    return { path, dataset, threat, finalists };
  }
  const config = await readJson<{ pipeline?: string; request?: Record<string, unknown> }>(join(path, 'config.json'));
  const { seed, out: _, data: __, ...rest } = config?.request ?? {};
  // The seed of an evaluation is that of its attacks: another one makes no second model of the one that was attacked.
  const settings = config?.pipeline === 'evaluate' ? { ...rest, seed } : rest;
  const finalists = results.defences.map(
    ({ name, gradientEvaluations }): Finalist => ({
      defence: name,
      run,
      settings: config?.request ? canonical({ ...settings, name }) : `${resolve(path)} ${name}`,
      outcomes: { [`seed ${results.seed}`]: outcomes[name] as Outcomes },
      gradientEvaluations: [gradientEvaluations],
    }),
  );
  return { path, dataset, threat, finalists };
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
