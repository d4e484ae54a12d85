/** The loss along the attack's path of one defence: its median, and where the middle half of the images lies. */
import type { DefenceAudit } from '../../audit/audit';
import { figure } from '../format';
import type { Series } from '../palette';
import type { Chart } from './render-chart';

/** `top`: where the axis ends, where panels are to share it. */
export function pathChart(defence: DefenceAudit, series: Series, top: number | undefined): Chart {
  const [start, end] = [defence.path[0], defence.path.at(-1)];
  const x = {
    field: 'fraction',
    type: 'quantitative',
    title: null,
    scale: { domain: [0, 1] },
    axis: {
      values: [0, 0.25, 0.5, 0.75, 1],
      labelExpr: "datum.value === 0 ? 'clean' : datum.value === 1 ? 'attacked' : datum.value === 0.5 ? 'half-way' : ''",
    },
  };
  const y = {
    type: 'quantitative',
    title: null,
    scale: { domainMin: 0, ...(top === undefined ? {} : { domainMax: top }) },
    axis: { tickCount: 5 },
  };
  const mark = { color: series.colour };
  return {
    id: `path-${series.key}`,
    title: `Loss along the attack path: ${defence.name}`,
    description: `The median of the loss goes from ${figure(start?.median)} on the clean images to ${figure(end?.median)} at the end; the middle half of the images ends between ${figure(end?.lower)} and ${figure(end?.upper)}.`,
    spec: (width) => ({
      width,
      height: 190,
      data: { values: defence.path },
      layer: [
        { mark: { ...mark, type: 'area', opacity: 0.16 }, encoding: { x, y: { field: 'lower', ...y }, y2: { field: 'upper' } } },
        { mark: { ...mark, type: 'line', strokeWidth: 2, strokeDash: series.dash }, encoding: { x, y: { field: 'median', ...y } } },
        {
          mark: { ...mark, type: 'point', filled: true, opacity: 1, size: 40, shape: series.shape },
          encoding: { x, y: { field: 'median', ...y } },
        },
      ],
    }),
  };
}
