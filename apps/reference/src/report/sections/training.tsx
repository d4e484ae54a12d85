/** How the training went, term by term. */
import type { JSX } from 'preact';
import { drawPanel } from '../charts/draw';
import { trainingChart } from '../charts/training-chart';
import { figure, integer, listed, words } from '../format';
import { ChartFigure } from '../parts/chart-figure';
import { eachSeed } from '../parts/each-seed';
import { Legend } from '../parts/legend';
import { Missing, Section } from '../parts/section';
import type { RunPage, SeedPage } from '../run-page';
import { termCurves, validationCurves } from '../training-curves';

/** What the common terms are, for people who do not live with them. */
const meanings: { readonly [term: string]: string } = {
  cleanLoss: 'cross-entropy on the clean images',
  adversarialLoss: 'cross-entropy on attacked images',
  energy: 'how much the loss moves along the path to the attacked image',
  divergence: 'how far the prediction moves under attack',
  virtualAdversarialLoss: 'how far the prediction moves, without labels',
};

export async function trainingSection(page: RunPage): Promise<JSX.Element> {
  return (
    <Section id="training" title="Training">
      {await eachSeed(page, curvesOf)}
    </Section>
  );
}

async function curvesOf({ input, series, mark }: SeedPage): Promise<JSX.Element> {
  const { logs } = input;
  const names = series.map(({ name }) => name);
  const curves = [...termCurves(names, logs), ...validationCurves(names, logs)];
  const without = names.filter((name) => !curves.some(({ lines }) => lines.some((line) => line.name === name)));
  const missing =
    without.length === 0 ? null : (
      <Missing what={`There is no training log of ${listed(without)}.`}>
        Its curves would stand here. They come from logs/…/events.jsonl, which <code>evaluate</code> and runs of earlier versions do not
        write.
      </Missing>
    );
  const panels = await Promise.all(
    curves.map(async (curve, index) => ({ curve, drawn: await drawPanel(trainingChart(curve, series, index), mark) })),
  );
  return (
    <>
      {curves.length === 0 ? null : (
        <>
          <p>
            What each training minimised, one panel for every term of its loss. Thin lines are single batches, strong ones their running
            mean. Terms of different names are different quantities, so only curves within a panel can be compared.
          </p>
          <Legend series={series.filter(({ name }) => !without.includes(name))} />
          <div class="panels">
            {panels.map(({ curve, drawn }) => (
              <ChartFigure
                key={drawn.chart.id}
                drawn={drawn}
                heading={
                  <h3>
                    {words(curve.quantity)}
                    {meanings[curve.quantity] === undefined ? null : <span class="meaning">{meanings[curve.quantity]}</span>}
                  </h3>
                }
                numbers={{
                  columns: [
                    { head: 'Defence' },
                    { head: 'First', numeric: true },
                    { head: 'Least', numeric: true },
                    { head: 'Last', numeric: true },
                    { head: 'Points', numeric: true },
                  ],
                  rows: curve.lines.map(({ name, points }) => [
                    name,
                    figure(points[0]?.value),
                    figure(points.reduce((least, { value }) => Math.min(least, value), Number.POSITIVE_INFINITY)),
                    figure(points.at(-1)?.value),
                    integer(points.length),
                  ]),
                }}
              />
            ))}
          </div>
        </>
      )}
      {missing}
    </>
  );
}
