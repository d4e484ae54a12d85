/** Worst case and clean accuracy of every defence, and from few labels its test error. */
import { percent } from '../format';
import type { Chart } from './render-chart';
import { type StripMark, stripChart } from './strip-chart';

export type OverviewShare = Omit<StripMark, 'kind'>;

export type OverviewRow = { readonly name: string; readonly worst: OverviewShare; readonly clean: OverviewShare };

export function overviewChart(rows: readonly OverviewRow[]): Chart {
  const told = rows.map(
    ({ name, worst, clean }) => `${name} ${percent(worst.accuracy)} % in the worst case, ${percent(clean.accuracy)} % clean`,
  );
  const lines = rows.map(({ name, worst, clean }) => ({
    name,
    marks: [
      { kind: 'worst', ...worst },
      { kind: 'clean', ...clean },
    ],
  }));
  return stripChart(lines, {
    id: 'overview',
    title: 'Worst case and clean accuracy of every defence',
    description: `${told.join('; ')}.`,
    kinds: ['worst', 'clean'],
    domain: [0, 1],
    ticks: [0, 0.25, 0.5, 0.75, 1],
  });
}

export type ErrorRow = { readonly name: string; readonly error: OverviewShare };

/** On an axis as long as the largest: errors of a few per cent would lie on top of one another on one up to all. */
export function errorChart(rows: readonly ErrorRow[]): Chart {
  const ends = rows.flatMap(({ error: { accuracy, high, seeds = [] } }) => [accuracy ?? 0, high ?? 0, ...seeds]);
  return stripChart(
    rows.map(({ name, error }) => ({ name, marks: [{ kind: 'error', ...error }] })),
    {
      id: 'errors',
      title: 'Test error of every defence',
      description: `${rows.map(({ name, error }) => `${name} ${percent(error.accuracy)} % wrong`).join('; ')}.`,
      kinds: ['error'],
      domain: [0, Math.min(1, Math.max(0.01, ...ends) * 1.05)],
    },
  );
}
