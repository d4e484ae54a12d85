/** Robust accuracy at rising budgets, for every defence, with the band of its interval. */
import type { DefenceAudit } from '../../audit/audit';
import type { Results } from '../../results';
import { figure, listed, percent } from '../format';
import type { Series } from '../palette';
import type { Chart } from './render-chart';
import { colourOf, dashOf, shapeOf } from './series-encoding';

export function budgetChart(defences: readonly DefenceAudit[], series: readonly Series[], threat: Results['threat']): Chart {
  const values = defences.flatMap(({ name, budgets }) => {
    const { key } = series.find((each) => each.name === name)!;
    return budgets.map(({ epsilon, accuracy, low, high }) => ({ series: key, epsilon, accuracy, low, high }));
  });
  const largest = Math.max(...values.map(({ epsilon }) => epsilon));
  const told = defences.map(({ name, budgets }) => {
    const at = budgets.find(({ epsilon }) => epsilon === threat.epsilon);
    return `${name} from ${percent(budgets[0]?.accuracy)} % clean${at ? ` to ${percent(at.accuracy)} % at the budget of the run` : ''}`;
  });
  const x = {
    field: 'epsilon',
    type: 'quantitative',
    title: `budget in ${threat.norm}`,
    scale: { domain: [0, largest], nice: false },
    axis: { tickCount: 5 },
  };
  const axis = { values: [0, 0.2, 0.4, 0.6, 0.8, 1], format: '.0%', grid: true };
  const y = { type: 'quantitative', title: null, scale: { domain: [0, 1] }, axis };
  return {
    id: 'budget',
    title: 'Robust accuracy against budget',
    description: `Lines that fall from left to right as the budget grows to ${figure(largest)}: ${listed(told)}.`,
    spec: (width) => ({
      width,
      height: Math.round(Math.max(250, width * 0.48)),
      layer: [
        {
          data: { values: [{ epsilon: threat.epsilon }] },
          mark: { type: 'rule', stroke: 'var(--strong-line)', strokeDash: [2, 3] },
          encoding: { x },
        },
        {
          data: { values: [{ epsilon: threat.epsilon }] },
          mark: { type: 'text', text: 'budget of the run', align: 'left', dx: 6, dy: 6, fill: 'var(--muted)', fontSize: 12 },
          encoding: { x, y: { datum: 1, ...y } },
        },
        {
          data: { values },
          mark: { type: 'area', opacity: 0.14 },
          encoding: { x, y: { field: 'low', ...y }, y2: { field: 'high' }, color: colourOf(series) },
        },
        {
          data: { values },
          mark: { type: 'line', strokeWidth: 2 },
          encoding: { x, y: { field: 'accuracy', ...y }, color: colourOf(series), strokeDash: dashOf(series) },
        },
        {
          data: { values },
          mark: { type: 'point', filled: true, size: 48, opacity: 1 },
          encoding: { x, y: { field: 'accuracy', ...y }, color: colourOf(series), shape: shapeOf(series) },
        },
      ],
    }),
  };
}
