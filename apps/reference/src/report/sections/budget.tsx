/** Robust accuracy against budget. */
import type { JSX } from 'preact';
import { budgetChart } from '../charts/budget-chart';
import { draw } from '../charts/draw';
import { figure, integer, percent, percentRange } from '../format';
import { ChartFigure } from '../parts/chart-figure';
import { eachSeed } from '../parts/each-seed';
import { Legend } from '../parts/legend';
import { NoAudit } from '../parts/no-audit';
import { Section } from '../parts/section';
import type { RunPage, SeedPage } from '../run-page';

export async function budgetSection(page: RunPage): Promise<JSX.Element> {
  const title = { id: 'budget', title: 'Accuracy against budget' };
  if (!page.input.audit) {
    return (
      <Section {...title}>
        <NoAudit shows="Robust accuracy at rising budgets" />
      </Section>
    );
  }
  return (
    <Section {...title}>
      <p>
        Each line starts at the clean accuracy and falls as the attack may change the image more. A line that stays high to the right of the
        dotted rule, beyond the budget that was asked for, is either a robust model or an attack that fails: the audit below asks which.
      </p>
      {await eachSeed(page, curves)}
    </Section>
  );
}

async function curves({ input: { audit, results }, series, mark }: SeedPage): Promise<JSX.Element> {
  const defences = (audit?.defences ?? []).filter(({ name }) => series.some((each) => each.name === name));
  const [first] = defences;
  if (!first) return <p class="note">No model of this seed was audited.</p>;
  return (
    <>
      <ChartFigure
        drawn={await draw(budgetChart(defences, series, results.threat), mark)}
        heading={<Legend series={series.filter(({ name }) => defences.some((each) => each.name === name))} />}
        numbers={{
          columns: [
            { head: 'Defence' },
            { head: `Budget, ${results.threat.norm}`, numeric: true },
            { head: 'Accuracy, %', numeric: true },
            { head: '95 % interval', numeric: true },
          ],
          rows: defences.flatMap(({ name, budgets }) =>
            budgets.map(({ epsilon, accuracy, low, high }) => [name, figure(epsilon), percent(accuracy), percentRange(low, high)]),
          ),
        }}
      />
      <p class="note">
        The first {integer(first.n)} test images, attacked with {first.attack}; bands are 95 % intervals. An image that a smaller budget
        fools counts as fooled at every larger one, which contains it. With one attack on fewer images, the values differ a little from
        those of the table.
      </p>
    </>
  );
}
