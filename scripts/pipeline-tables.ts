/** The tables of what apps/recipes/pipelines.mjs ran: one line a defence, over its seeds, and one line a run with what it was. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Table = { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };
type Over = { readonly mean: number; readonly low: number | null; readonly high: number | null; readonly seeds: readonly number[] };
type Interval = { readonly mean: number; readonly low: number; readonly high: number };

/** What is read of a record. */
type PipelineRecord = {
  readonly seconds: number;
  readonly settled: {
    readonly sizes: { readonly epochs: number; readonly attacks: readonly string[] };
    readonly training: { readonly augmentation: string };
  };
  readonly results: {
    readonly task: 'supervised' | 'semi-supervised';
    readonly dataset: { readonly name: string; readonly source: string; readonly train: number; readonly test: number };
    readonly labels: { readonly count: number } | null;
    readonly model: { readonly spec: string; readonly parameters: number };
    readonly threat: { readonly norm: string; readonly epsilon: number };
    readonly seeds: readonly number[];
    readonly summaries: readonly {
      readonly name: string;
      readonly gradientEvaluations: number;
      readonly accuracy: Readonly<Record<string, Over>>;
    }[];
    readonly differences: readonly {
      readonly figure: 'worst' | 'clean';
      readonly left: string;
      readonly right: string;
      readonly verdict: string;
      readonly overSeeds: Interval;
      readonly overImages: Interval;
    }[];
    readonly diverged: readonly { readonly name: string; readonly seed: number }[];
  };
};

/** In the order of the page. */
export const pipelineRuns: readonly string[] = [
  'mnist-linf-run',
  'mnist-l2-run',
  'mnist-100-labels',
  'mnist-1000-labels',
  'cifar10-subset',
  'svhn-form-digits',
];

const percent = (share: number): string => (100 * share).toFixed(1);
const signed = (share: number): string => `${share < 0 ? '' : '+'}${percent(share)}`;
const thousands = (value: number): string => value.toLocaleString('en-GB');

/** All tables by name; one of a run that nobody has made yet is empty. */
export function pipelineTables(root: string): Readonly<Record<string, () => Table>> {
  const recordOf = (name: string): PipelineRecord | undefined => {
    const path = join(root, 'apps', 'recipes', 'results', `${name}.json`);
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as PipelineRecord) : undefined;
  };
  const tables = pipelineRuns.flatMap((name) => [
    [name, () => seedsTable(recordOf(name))] as const,
    [`${name}-differences`, () => pairsTable(recordOf(name))] as const,
  ]);
  return { ...Object.fromEntries(tables), 'pipeline-runs': () => runsTable(pipelineRuns.map((name) => [name, recordOf(name)] as const)) };
}

const empty: Table = { columns: [], rows: [] };

/** The best worst case first; from few labels the smallest test error. Mean, 95 % over the seeds, then each seed. */
function seedsTable(record: PipelineRecord | undefined): Table {
  if (record === undefined) return empty;
  const { task, summaries, diverged } = record.results;
  const { attacks } = record.settled.sizes;
  const few = task === 'semi-supervised';
  const cell = ({ mean, low, high, seeds }: Over, shown: (share: number) => number = (share) => share): string => {
    const ends = [shown(low ?? 0), shown(high ?? 1)].map((end) => Math.min(1, Math.max(0, end))).sort((a, b) => a - b);
    return `**${percent(shown(mean))}** (${ends.map(percent).join('-')}) ${seeds.map((share) => percent(shown(share))).join(' ')}`;
  };
  const figures = (accuracy: Readonly<Record<string, Over>>): readonly string[] => {
    const robust = ['worst', ...attacks].map((attack) => cell(accuracy[attack]!));
    return few ? [cell(accuracy.clean!, (share) => 1 - share), ...robust] : [...robust, cell(accuracy.clean!)];
  };
  const key = few ? 'clean' : 'worst';
  const sorted = [...summaries].sort((a, b) => b.accuracy[key]!.mean - a.accuracy[key]!.mean);
  const robust = ['Worst case', ...attacks.map((attack) => attack.split(':')[0]!)];
  return {
    columns: ['Defence', 'Gradients', ...(few ? ['Test error', ...robust] : [...robust, 'Clean'])],
    rows: [
      ...sorted.map(({ name, gradientEvaluations, accuracy }) => [name, thousands(Math.round(gradientEvaluations)), ...figures(accuracy)]),
      ...diverged.map(({ name, seed }) => [name, '', `seed ${seed} diverged`]),
    ],
  };
}

function pairsTable(record: PipelineRecord | undefined): Table {
  if (record === undefined) return empty;
  const { task, differences } = record.results;
  const figure = task === 'semi-supervised' ? 'clean' : 'worst';
  const range = ({ low, high }: Interval): string => `${signed(low)} .. ${signed(high)}`;
  return {
    columns: [figure === 'worst' ? 'Worst case' : 'Right on the test set', 'Difference', '95 % over images', '95 % over seeds', 'Verdict'],
    rows: differences
      .filter((difference) => difference.figure === figure)
      .map(({ left, right, overImages, overSeeds, verdict }) => [
        `${left} less ${right}`,
        signed(overImages.mean),
        range(overImages),
        range(overSeeds),
        verdict,
      ]),
  };
}

function runsTable(records: readonly (readonly [name: string, record: PipelineRecord | undefined])[]): Table {
  return {
    columns: ['Run', 'Data', 'Network', 'Training', 'Attacked with', 'Time'],
    rows: records.flatMap(([name, record]) => {
      if (record === undefined) return [];
      const { results, settled, seconds } = record;
      const { dataset, labels, model, threat, seeds } = results;
      const given = labels === null ? '' : `, labels of ${thousands(labels.count)}`;
      const budget = threat.epsilon < 0.1 ? `${Math.round(threat.epsilon * 255)}/255` : String(threat.epsilon);
      return [
        [
          `[${name}](results/${name}.json)`,
          `${dataset.name}: ${thousands(dataset.train)} training images${given}`,
          `${model.spec}, ${thousands(model.parameters)} weights`,
          `${settled.sizes.epochs} epochs, seeds ${seeds.join(', ')}`,
          `${threat.norm} ${budget}, ${thousands(dataset.test)} images: ${settled.sizes.attacks.join('; ')}`,
          `${Math.round(seconds / 60)} min`,
        ],
      ];
    }),
  };
}
