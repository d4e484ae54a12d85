/** One named quantity through the training, for every defence that has it: each batch faintly, and their running mean. */
import { figure, listed } from '../format';
import type { Series } from '../palette';
import type { Chart } from './render-chart';
import { colourOf, dashOf } from './series-encoding';

export type Curve = {
  /** What is drawn: the name of a term, or of a validation figure. */
  readonly quantity: string;
  readonly lines: readonly { readonly name: string; readonly points: readonly CurvePoint[] }[];
  readonly share: boolean;
};
export type CurvePoint = { readonly step: number; readonly value: number };

/** More than a panel has room for says nothing and weighs a lot. */
const most = 240;

export function trainingChart({ quantity, lines, share }: Curve, series: readonly Series[], index: number): Chart {
  const values = lines.flatMap(({ name, points }) => {
    const { key } = series.find((each) => each.name === name)!;
    return thinned(points).map(({ step, value, mean }) => ({ series: key, step, value, mean }));
  });
  const told = lines.map(({ name, points }) => `${name} from ${figure(points[0]?.value)} to ${figure(points.at(-1)?.value)}`);
  const x = { field: 'step', type: 'quantitative', title: 'step', axis: { tickCount: 4 }, scale: { nice: false, zero: true } };
  const y = {
    type: 'quantitative',
    title: null,
    scale: share ? { domain: [0, 1] } : { zero: true },
    axis: share ? { values: [0, 0.25, 0.5, 0.75, 1], format: '.0%' } : { tickCount: 4 },
  };
  return {
    id: `training-${index}`,
    title: `Training: ${quantity}`,
    description: `${listed(told)}.`,
    spec: (width) => ({
      width,
      height: 190,
      data: { values },
      layer: [
        { mark: { type: 'line', strokeWidth: 1, opacity: 0.3 }, encoding: { x, y: { field: 'value', ...y }, color: colourOf(series) } },
        {
          mark: { type: 'line', strokeWidth: 2 },
          encoding: { x, y: { field: 'mean', ...y }, color: colourOf(series), strokeDash: dashOf(series) },
        },
      ],
    }),
  };
}

/** Every so many points, first and last among them, each with the mean of those around it: a twentieth to either side. */
export function thinned(points: readonly CurvePoint[]): readonly (CurvePoint & { readonly mean: number })[] {
  const reach = Math.floor(points.length / 20);
  const stride = Math.ceil(points.length / most);
  return points.flatMap(({ step, value }, i) => {
    if (i % stride !== 0 && i !== points.length - 1) return [];
    // As far to the one side as to the other, also at the ends: else the mean of a falling curve is not on it.
    const near = Math.min(reach, i, points.length - 1 - i);
    const window = points.slice(i - near, i + near + 1);
    return [{ step, value, mean: window.reduce((sum, point) => sum + point.value, 0) / window.length }];
  });
}
