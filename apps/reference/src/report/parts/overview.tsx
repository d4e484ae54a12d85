/** The strip under a headline: worst case and clean accuracy of every model. */
import type { JSX } from 'preact';
import { draw } from '../charts/draw';
import { type OverviewRow, overviewChart } from '../charts/overview-chart';
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
