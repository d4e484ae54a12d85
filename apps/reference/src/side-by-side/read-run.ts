/** What `compare` needs of a finished run's folder: who was trained, with which seeds, and which images each model stands on. */
import { basename, join, resolve } from 'node:path';
import { GroundstateError } from '@groundstate/core';
import type { Outcomes } from '@groundstate/metrics';
import type { Comparison } from '../comparison/comparison';
import type { SeedOutcomes } from '../comparison/difference';
import { readJson } from '../json-file';
import type { Results } from '../results';

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

/** Throws `not-found` or `invalid-argument` where there is no finished run with the outcome of every image. */
export async function readRun(path: string): Promise<FinishedRun> {
  const results = await readJson<Results | Comparison>(join(path, 'results.json'));
  if (!results) {
    const begun = (await readJson(join(path, 'config.json'))) !== undefined;
    const got = begun ? 'one that is not finished' : 'a folder without results.json';
    const advice = begun ? `Finish it first with --resume ${path}.` : 'Name the folders of runs, as `groundstate run` made them.';
    throw new GroundstateError('not-found', `compare: expected \`${path}\` to be the folder of a finished run, got ${got}. ${advice}`);
  }
  if (results.schema !== 'groundstate/results@1' && results.schema !== 'groundstate/comparison@1') {
    throw new GroundstateError(
      'invalid-argument',
      `compare: expected \`${path}\` to be a run whose models were attacked, got ${String((results as { schema?: unknown }).schema)}. Attack them first: groundstate evaluate --model ${join(path, 'models')}/... --out DIR.`,
    );
  }
  const outcomes = await readJson<Record<string, Outcomes | SeedOutcomes>>(join(path, 'outcomes.json'));
  if (!outcomes) {
    throw new GroundstateError(
      'not-found',
      `compare: expected \`${path}\` to be a run with outcomes.json, which says of every image whether it stands, got none. Run it again with this version: groundstate run ... --config ${join(path, 'config.json')}.`,
    );
  }
  const run = basename(resolve(path));
  const { dataset, threat } = results;
  if (results.schema === 'groundstate/comparison@1') {
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
  const config = await readJson<{ request?: Record<string, unknown> }>(join(path, 'config.json'));
  const { seed: _, out: __, data: ___, ...settings } = config?.request ?? {};
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

/** JSON with the keys in order, so that equal settings give equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
