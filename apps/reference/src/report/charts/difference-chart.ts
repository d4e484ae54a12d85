/** Differences with their intervals about zero, a line each. */
import { points } from '../format';
import type { Chart } from './render-chart';
import { rowLabels } from './row-labels';

export type DifferenceRow = {
  readonly label: string;
  readonly intervals: readonly {
    readonly kind: string;
    readonly mean: number | null;
    readonly low: number | null;
    readonly high: number | null;
  }[];
};

export function differenceChart(rows: readonly DifferenceRow[]): Chart {
  // Some rows may have fewer kinds than others.
  const kinds = [...new Set(rows.flatMap(({ intervals }) => intervals.map(({ kind }) => kind)))];
  const values = rows.flatMap(({ label, intervals }, row) =>
    intervals.map((interval) => ({ row, label, index: kinds.indexOf(interval.kind), ...interval })),
  );
  const ends = values.flatMap(({ low, high }) => [low ?? 0, high ?? 0]);
  const [least, most] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const room = Math.max(0.01, 0.06 * (most - least));
  const [from, to] = [least - room, most + room];
  const y = { field: 'row', type: 'ordinal', axis: null };
  const x = { type: 'quantitative', title: 'points', scale: { domain: [from, to], nice: false } };
  const axis = {
    tickCount: 5,
    labelExpr: "replace(format(100 * datum.value, '+.3~g'), '+0', '0')",
    grid: true,
    domain: false,
    ticks: false,
  };
  const each = (index: number): object[] => [
    {
      transform: [{ filter: `datum.index === ${index}` }],
      mark: { type: 'rule', strokeWidth: 3, opacity: 0.5, yOffset: 6 + 8 * index, stroke: index === 0 ? 'var(--accent)' : 'var(--muted)' },
      encoding: { y, x: { field: 'low', ...x, axis }, x2: { field: 'high' } },
    },
    {
      transform: [{ filter: `datum.index === ${index}` }],
      mark: {
        type: 'point',
        filled: true,
        size: 70,
        opacity: 1,
        yOffset: 6 + 8 * index,
        shape: index === 0 ? 'circle' : 'diamond',
        fill: index === 0 ? 'var(--accent)' : 'var(--muted)',
      },
      encoding: { y, x: { field: 'mean', ...x, axis } },
    },
  ];
  return {
    id: 'differences',
    title: 'Differences between defences',
    description: `${rows.map(({ label, intervals }) => `${label} ${points(intervals[0]?.mean)} points`).join('; ')}.`,
    spec: (width) => ({
      width,
      height: rows.length * 48 + 50,
      data: { values },
      layer: [
        {
          data: { values: [{}] },
          mark: { type: 'rule', stroke: 'var(--strong-line)' },
          encoding: { x: { datum: 0, ...x, axis } },
        },
        ...rowLabels({ field: 'label' }, { y, x: { datum: from, ...x, axis } }, 'datum.index === 0'),
        ...kinds.flatMap((_, index) => each(index)),
      ],
    }),
  };
}
