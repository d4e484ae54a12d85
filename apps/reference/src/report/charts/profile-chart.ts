/** D_1, D_2, D_4, D_8 of every defence: level where the loss rises evenly on the way, rising where the end point hides what is on it. */
import { figure, listed } from '../format';
import type { Series } from '../palette';
import type { Chart } from './render-chart';
import { colourOf, dashOf, shapeOf } from './series-encoding';

export type Profile = {
  readonly name: string;
  readonly energies: readonly { readonly segments: number; readonly energy: number | null }[];
};

export function profileChart(profiles: readonly Profile[], series: readonly Series[]): Chart {
  const values = profiles.flatMap(({ name, energies }) => {
    const { key } = series.find((each) => each.name === name)!;
    return energies.filter(({ energy }) => energy !== null).map(({ segments, energy }) => ({ series: key, segments, energy }));
  });
  // A logarithm has no place for zero; there the axis is linear next to it.
  const logarithmic = values.every(({ energy }) => energy! > 0);
  const told = profiles.map(
    ({ name, energies }) =>
      `${name} from ${figure(energies[0]?.energy)} at K = ${energies[0]?.segments} to ${figure(energies.at(-1)?.energy)} at K = ${energies.at(-1)?.segments}`,
  );
  const x = {
    field: 'segments',
    type: 'ordinal',
    title: 'K, number of segments',
    scale: { type: 'point', padding: 0.3 },
    axis: { labelAngle: 0 },
  };
  const y = {
    field: 'energy',
    type: 'quantitative',
    title: null,
    scale: logarithmic ? { type: 'log', nice: true } : { type: 'symlog', constant: 0.01 },
    axis: logarithmic ? { values: decades(values.map(({ energy }) => energy!)), format: '~g' } : { tickCount: 4, format: '~g' },
  };
  return {
    id: 'profile',
    title: 'Mean energy of the path by the number of segments',
    description: `${logarithmic ? 'Logarithmic scale. ' : ''}${listed(told)}.`,
    spec: (width) => ({
      width,
      height: Math.round(Math.max(240, width * 0.42)),
      data: { values },
      layer: [
        { mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y, color: colourOf(series), strokeDash: dashOf(series) } },
        {
          mark: { type: 'point', filled: true, size: 60, opacity: 1 },
          encoding: { x, y, color: colourOf(series), shape: shapeOf(series) },
        },
      ],
    }),
  };
}

/** Powers of ten around the values, and where those are few, twice and five times them: Vega draws a line for every digit. */
function decades(values: readonly number[]): readonly number[] {
  const [from, to] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
  const digits = to - from > 2 ? [1] : [1, 2, 5];
  return Array.from({ length: to - from + 1 }, (_, i) => digits.map((digit) => digit * 10 ** (from + i))).flat();
}
