/** The strips under a headline: worst case and clean accuracy of every model, and from few labels the test error. */
import type { JSX } from 'preact';
import { draw } from '../charts/draw';
import { type ErrorRow, errorChart, type OverviewRow, overviewChart } from '../charts/overview-chart';
import { percent, percentRange } from '../format';
import { ChartFigure } from './chart-figure';

/** `intervals`: what the bars are, a sentence. */
export async function overview(rows: readonly OverviewRow[], intervals: string): Promise<JSX.Element> {
  return (
    <ChartFigure
      drawn={await draw(overviewChart(rows))}
      numbers={{
        columns: [
          { head: 'Defence' },
          { head: 'Worst case, %', numeric: true },
          { head: '95 % interval', numeric: true },
          { head: 'Clean, %', numeric: true },
          { head: '95 % interval', numeric: true },
        ],
        rows: rows.map(({ name, worst, clean }) => [
          name,
          percent(worst.accuracy),
          percentRange(worst.low, worst.high),
          percent(clean.accuracy),
          percentRange(clean.low, clean.high),
        ]),
      }}
    >
      <p class="marks">
        <span class="mark-worst">●</span> worst case: right, and fooled by none of the attacks. <span class="mark-clean">◆</span> clean:
        right on the untouched image. {intervals}
      </p>
    </ChartFigure>
  );
}

export async function errorOverview(rows: readonly ErrorRow[], intervals: string): Promise<JSX.Element> {
  return (
    <ChartFigure
      drawn={await draw(errorChart(rows))}
      numbers={{
        columns: [{ head: 'Defence' }, { head: 'Test error, %', numeric: true }, { head: '95 % interval', numeric: true }],
        rows: rows.map(({ name, error }) => [name, percent(error.accuracy), percentRange(error.low, error.high)]),
      }}
    >
      <p class="marks">
        <span class="mark-worst">●</span> test error: wrong on the untouched image. {intervals}
      </p>
    </ChartFigure>
  );
}
