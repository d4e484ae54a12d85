/** The columns of the results: the weakest number first, but from few labels the test error before it. */
import type { SeedSummary } from '@groundstate/metrics';
import { errorOf, errorOverSeeds } from '../error-share';
import { type DefenceRow, type Results, type RobustRow, type RunSummary, type Share, strongestFirst } from '../results';

export const none = '-';

export type Column = {
  readonly head: string;
  /** Left out of a table that would be too wide: the report has it. */
  readonly spare?: boolean;
  /** Of one training. */
  readonly value: (row: DefenceRow) => number | null;
  readonly write: (value: number | null) => string;
  /** The same with its interval over the images, where it has one. */
  readonly share?: (row: DefenceRow) => Share | undefined;
  /** Where it has one over the seeds. */
  readonly overSeeds?: (summary: RunSummary) => SeedSummary | undefined;
};

export function columnsOf({ defences, visits, task }: Results): readonly Column[] {
  const cost: Column = {
    head: 'gradients',
    value: ({ gradientEvaluations }) => gradientEvaluations,
    write: (value) => (value === null ? none : visits === null ? short(value) : String(Math.round((10 * value) / visits) / 10)),
  };
  const shares = (head: string, share: (row: DefenceRow) => Share | undefined, overSeeds: NonNullable<Column['overSeeds']>): Column => {
    return { head, value: (row) => share(row)?.accuracy ?? null, write: percent, share, overSeeds };
  };
  const robust = ['worst', ...strongestFirst(defences)].map((name) =>
    shares(
      name === 'worst' ? 'worst case' : name.split(':')[0]!,
      (row) => robustRow(row, name),
      ({ accuracy }) => accuracy[name],
    ),
  );
  const clean = shares(
    'clean',
    (row) => row.clean,
    ({ accuracy }) => accuracy.clean,
  );
  const error = shares(
    'test error',
    (row) => errorOf(row.clean),
    ({ accuracy }) => accuracy.clean && errorOverSeeds(accuracy.clean),
  );
  const energies = (['D1', 'D2', 'D8'] as const).map(
    (name): Column => ({ head: name, spare: true, value: ({ energy }) => energy[name], write: figure }),
  );
  return task === 'supervised' ? [cost, ...robust, clean, ...energies] : [error, ...robust, cost, ...energies];
}

export function robustRow({ robust }: DefenceRow, attack: string): RobustRow | undefined {
  return robust.find((row) => row.attack === attack);
}

export const percent = (value: number | null): string => (value === null ? none : (100 * value).toFixed(1));
const figure = (value: number | null): string => (value === null ? none : value.toPrecision(3));

/** 320 k, 17.5 M. */
function short(value: number): string {
  const [unit, size] = value >= 1e6 ? ['M', 1e6] : value >= 1e3 ? ['k', 1e3] : ['', 1];
  return `${Number((value / size).toPrecision(3))} ${unit}`.trimEnd();
}
