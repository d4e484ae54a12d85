/** Results of the first version, of one seed, in today's form: old folders can still be read, by `report` and `compare`. */
import type { Outcomes } from '@groundstate/metrics';
import { summaryOf } from './collect-results';
import type { RunOutcomes } from './comparison/difference';
import { differencesOf } from './comparison/run-differences';
import { seedKey } from './model-key';
import { type DatasetInfo, type DefenceRow, type Results, resultsSchema } from './results';

export const firstResultsSchema = 'groundstate/results@1';

export type FirstResults = {
  readonly schema: typeof firstResultsSchema;
  readonly dataset: DatasetInfo;
  readonly backend: string;
  readonly seed: number;
  readonly threat: Results['threat'];
  readonly defences: readonly DefenceRow[];
};

/** By defence alone. */
export type FirstOutcomes = { readonly [defence: string]: Outcomes };

export function upgradedOutcomes(outcomes: FirstOutcomes, seed: number): RunOutcomes {
  return Object.fromEntries(Object.entries(outcomes).map(([name, each]) => [name, { [seedKey(seed)]: each }]));
}

/** `config`: what of config.json tells about the training. Those without outcomes, or with others' images, stand in no difference. */
export function upgradedResults(
  { dataset, backend, seed, threat, defences }: FirstResults,
  outcomes: RunOutcomes | null,
  config: { readonly pipeline?: string; readonly sizes?: { readonly [name: string]: unknown } } | null,
): Results {
  const epochs = config?.sizes?.epochs;
  const comparable = outcomes ? onTheSameImages(defences, outcomes, seedKey(seed)) : [];
  return {
    schema: resultsSchema,
    pipeline: config?.pipeline ?? 'run',
    task: 'supervised',
    dataset,
    labels: null,
    model: { spec: null, parameters: null },
    backend,
    seeds: [seed],
    threat,
    visits: typeof epochs === 'number' && dataset.train > 0 && epochs > 0 ? dataset.train * epochs : null,
    defences: defences.map((row) => ({ ...row, seed })),
    summaries: defences.map(({ name }) => summaryOf(name, defences)),
    differences: outcomes ? differencesOf(comparable, outcomes, 'worst') : [],
    diverged: [],
  };
}

function onTheSameImages(defences: readonly DefenceRow[], outcomes: RunOutcomes, seed: string): readonly string[] {
  const names = defences.map(({ name }) => name).filter((name) => outcomes[name]?.[seed]?.standing.worst !== undefined);
  const images = (name: string): string => outcomes[name]![seed]!.ids.join();
  return names.filter((name) => images(name) === images(names[0]!));
}
