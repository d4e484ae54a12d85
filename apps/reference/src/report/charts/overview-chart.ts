/** Worst case and clean accuracy of every defence with their intervals, a line each. */
import type { DefenceRow } from '../../results';
import { percent } from '../format';
import type { Chart } from './render-chart';
import { rowLabels } from './row-labels';

export type OverviewRow = {
  readonly name: string;
  readonly worst: { readonly accuracy: number | null; readonly low: number | null; readonly high: number | null };
  readonly clean: { readonly accuracy: number | null; readonly low: number | null; readonly high: number | null };
};

export function overviewRows(defences: readonly DefenceRow[]): readonly OverviewRow[] {
  const nothing = { accuracy: null, low: null, high: null };
  return defences.map(({ name, robust, clean }) => ({ name, clean, worst: robust.find(({ attack }) => attack === 'worst') ?? nothing }));
}

export function overviewChart(rows: readonly OverviewRow[]): Chart {
  const values = rows.flatMap(({ name, worst, clean }, row) => [
    { row, name, kind: 'worst', ...worst },
    { row, name, kind: 'clean', ...clean },
  ]);
  const told = rows.map(
    ({ name, worst, clean }) => `${name} ${percent(worst.accuracy)} % in the worst case, ${percent(clean.accuracy)} % clean`,
  );
  const kinds = { domain: ['worst', 'clean'] };
  const height = 46;
  const y = { field: 'row', type: 'ordinal', axis: null, scale: { paddingInner: 0, paddingOuter: 0 } };
  const x = { type: 'quantitative', title: null, scale: { domain: [0, 1] } };
  const axis = { values: [0, 0.25, 0.5, 0.75, 1], format: '.0%', grid: true, domain: false, ticks: false };
  const colour = { field: 'kind', type: 'nominal', legend: null, scale: { ...kinds, range: ['var(--accent)', 'var(--muted)'] } };
  return {
    id: 'overview',
    title: 'Worst case and clean accuracy of every defence',
    description: `${told.join('; ')}.`,
    spec: (width) => ({
      width,
      height: rows.length * height + 30,
      data: { values },
      layer: [
        ...rowLabels({ field: 'name' }, { y, x: { datum: 0, ...x, axis } }, "datum.kind === 'worst'"),
        {
          mark: { type: 'rule', strokeWidth: 3, opacity: 0.45, yOffset: 6 },
          encoding: { y, x: { field: 'low', ...x, axis }, x2: { field: 'high' }, color: colour },
        },
        {
          mark: { type: 'point', filled: true, size: 90, opacity: 1, yOffset: 6 },
          encoding: {
            y,
            x: { field: 'accuracy', ...x, axis },
            color: colour,
            shape: { field: 'kind', type: 'nominal', legend: null, scale: { ...kinds, range: ['circle', 'diamond'] } },
          },
        },
      ],
    }),
  };
}
