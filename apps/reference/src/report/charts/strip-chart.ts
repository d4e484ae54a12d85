/** Shares with their intervals, a line for every defence, and a thin stroke for every seed. */
import type { Chart } from './render-chart';
import { rowLabels } from './row-labels';

export type StripMark = {
  readonly kind: string;
  readonly accuracy: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Of every seed, where there are several. */
  readonly seeds?: readonly number[];
};

export type StripRow = { readonly name: string; readonly marks: readonly StripMark[] };

export type StripLook = Pick<Chart, 'id' | 'title' | 'description'> & {
  /** The first is told by circles in the accent colour, the second by grey diamonds. */
  readonly kinds: readonly string[];
  readonly domain: readonly [number, number];
  /** Where the axis has its numbers; as Vega likes it where left out. */
  readonly ticks?: readonly number[];
};

export function stripChart(rows: readonly StripRow[], { kinds: names, domain, ticks, ...told }: StripLook): Chart {
  const values = rows.flatMap(({ name, marks }, row) => marks.map(({ seeds: _, ...mark }) => ({ row, name, ...mark })));
  const seeds = rows.flatMap(({ marks }, row) =>
    marks.flatMap(({ kind, seeds: each = [] }) => (each.length > 1 ? each.map((value) => ({ row, kind, value })) : [])),
  );
  const kinds = { domain: names };
  const y = { field: 'row', type: 'ordinal', axis: null, scale: { paddingInner: 0, paddingOuter: 0 } };
  const x = { type: 'quantitative', title: null, scale: { domain, nice: false } };
  const axis = {
    ...(ticks ? { values: ticks } : { tickCount: 5 }),
    format: ticks ? '.0%' : '.1~%',
    grid: true,
    domain: false,
    ticks: false,
  };
  const colour = { field: 'kind', type: 'nominal', legend: null, scale: { ...kinds, range: ['var(--accent)', 'var(--muted)'] } };
  const shape = { field: 'kind', type: 'nominal', legend: null, scale: { ...kinds, range: ['circle', 'diamond'] } };
  return {
    ...told,
    spec: (width) => ({
      width,
      height: rows.length * 46 + 30,
      data: { values },
      layer: [
        ...rowLabels({ field: 'name' }, { y, x: { datum: domain[0], ...x, axis } }, `datum.kind === '${names[0]}'`),
        {
          mark: { type: 'rule', strokeWidth: 3, opacity: 0.45, yOffset: 6 },
          encoding: { y, x: { field: 'low', ...x, axis }, x2: { field: 'high' }, color: colour },
        },
        ...(seeds.length === 0
          ? []
          : [
              {
                data: { values: seeds },
                mark: { type: 'tick', orient: 'vertical', size: 14, thickness: 1.5, yOffset: 6 },
                encoding: { y, x: { field: 'value', ...x, axis }, color: colour },
              },
            ]),
        {
          mark: { type: 'point', filled: true, size: 90, opacity: 1, yOffset: 6 },
          encoding: { y, x: { field: 'accuracy', ...x, axis }, color: colour, shape },
        },
      ],
    }),
  };
}
