/** The page of a ranking: tuned defences over several seeds, and who is ahead of whom. */
import type { JSX } from 'preact';
import type { Difference } from '../../comparison/difference';
import type { Summary } from '../../comparison/summary';
import { differenceChart } from '../charts/difference-chart';
import { draw } from '../charts/draw';
import { overviewChart } from '../charts/overview-chart';
import { duration, figure, integer, listed, none, percent, plural, points, pointsRange, words } from '../format';
import { AttackName, ShareCell } from '../parts/cells';
import { ChartFigure } from '../parts/chart-figure';
import { DataTable } from '../parts/data-table';
import { Section } from '../parts/section';
import type { ComparisonReportInput } from '../report-input';
import { partsOf } from './cost';
import { budgetOf } from './headline';

type Mean = Summary['accuracy'][string];

export async function comparisonHeadline({ comparison }: ComparisonReportInput): Promise<JSX.Element> {
  const { dataset, threat, summaries, tuning, attacks, diverged } = comparison;
  const seeds = summaries[0]?.accuracy.clean?.seeds.length ?? 0;
  const nothing = { accuracy: null, low: null, high: null };
  const interval = (mean: Mean | undefined): { accuracy: number | null; low: number | null; high: number | null } =>
    mean ? { accuracy: mean.mean, low: within(mean.low), high: within(mean.high) } : nothing;
  const rows = ranked(summaries).map(({ entrant, accuracy }) => ({
    name: entrant,
    worst: interval(accuracy.worst),
    clean: interval(accuracy.clean),
  }));
  const caveats = [
    `Robust accuracy is an upper bound: it counts what ${plural(attacks.length, 'attack')} did not find. ` +
      (attacks.some((name) => /^auto-?attack/i.test(name))
        ? 'AutoAttack is among them.'
        : 'None of them is AutoAttack, which may lower every number.'),
    `${plural(seeds, 'seed')} a defence, ${plural(tuning.trials, 'tuning trial')} each: intervals over seeds are wide, and better settings may exist.`,
    ...(dataset.name === 'synthetic-digits'
      ? ['These are digits drawn by our own code, not MNIST: the numbers say nothing about MNIST.']
      : []),
    ...(diverged.length > 0
      ? [
          `Trainings that came to no end: ${listed(diverged.map(({ entrant, seed }) => `${entrant} with seed ${seed}`))}. These defences are left out.`,
        ]
      : []),
  ];
  const best = rows[0];
  return (
    <header class="headline">
      <p class="kicker">Groundstate · ranking of defences</p>
      <h1>{best ? `At best ${percent(best.worst.accuracy)} % in the worst case` : 'No training came to an end'}</h1>
      <p class="lede">
        {plural(comparison.entrants.length, 'tuned defence')} for {dataset.name}, trained with {plural(seeds, 'seed')} each and attacked on{' '}
        {plural(dataset.test, 'test image')}. {budgetOf(threat)} Who is ahead of whom stands under Differences, not in the order of the
        rows.
      </p>
      {rows.length === 0 ? null : (
        <ChartFigure
          drawn={await draw(overviewChart(rows))}
          numbers={{
            columns: [{ head: 'Defence' }, { head: 'Worst case, %', numeric: true }, { head: 'Clean, %', numeric: true }],
            rows: rows.map(({ name, worst, clean }) => [name, percent(worst.accuracy), percent(clean.accuracy)]),
          }}
        >
          <p class="marks">
            <span class="mark-worst">●</span> worst case: right, and fooled by none of the attacks. <span class="mark-clean">◆</span> clean:
            right on the untouched image. Means over the seeds, with 95 % intervals by their spread.
          </p>
        </ChartFigure>
      )}
      <aside aria-labelledby="caveats-title">
        <h2 id="caveats-title">Before you quote a number</h2>
        <ul>
          {caveats.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      </aside>
    </header>
  );
}

export function comparisonAccuracy({ comparison }: ComparisonReportInput): JSX.Element {
  const { summaries, attacks } = comparison;
  const cell = (mean: Mean | undefined): JSX.Element | string =>
    mean ? (
      <>
        <ShareCell value={mean.mean} low={within(mean.low)} high={within(mean.high)} />{' '}
        <span class="interval">{mean.seeds.map(percent).join(' · ')}</span>
      </>
    ) : (
      none
    );
  return (
    <Section id="accuracy" title="Accuracy">
      <p>The mean over the seeds in per cent; below it the 95 % interval that the spread of the seeds gives (Student), and each seed.</p>
      <DataTable
        id="accuracy-table"
        caption="Accuracy in %, over the seeds"
        columns={[
          { head: 'Defence' },
          { head: 'Worst case', numeric: true },
          ...attacks.map((attack) => ({ head: <AttackName spec={attack} />, numeric: true })),
          { head: 'Clean', numeric: true },
          { head: 'Gradients an image and visit', numeric: true },
        ]}
        rows={ranked(summaries).map(({ entrant, accuracy, gradientEvaluations }) => [
          entrant,
          ...['worst', ...attacks, 'clean'].map((name) => cell(accuracy[name])),
          figure(gradientEvaluations),
        ])}
      />
    </Section>
  );
}

export async function comparisonDifferences({ comparison }: ComparisonReportInput): Promise<JSX.Element | null> {
  const { differences } = comparison;
  if (differences.length === 0) return null;
  const label = ({ left, right }: Difference): string => `${left} less ${right}`;
  const rows = differences.map((each) => ({
    label: label(each),
    intervals: [
      { kind: 'images', ...each.overImages },
      { kind: 'seeds', ...each.overSeeds },
    ],
  }));
  const columns = [
    { head: 'Pair' },
    { head: 'Difference', numeric: true },
    { head: '95 %, over images', numeric: true },
    { head: '95 %, over seeds', numeric: true },
    { head: 'Each seed', numeric: true },
    { head: 'The first is' },
  ];
  const cells = differences.map((each) => [
    label(each),
    points(each.overImages.mean),
    pointsRange(each.overImages.low, each.overImages.high),
    pointsRange(each.overSeeds.low, each.overSeeds.high),
    Object.values(each.seeds)
      .map(({ difference }) => points(difference))
      .join(' · '),
    each.verdict,
  ]);
  return (
    <Section id="differences" title="Differences">
      <p>
        Paired image by image and seed by seed. Each difference has two 95 % intervals: one for the choice of the images, one for training
        again with other seeds. A defence is called ahead only where both lie above zero.
      </p>
      <ChartFigure drawn={await draw(differenceChart(rows))}>
        <p class="marks">
          <span class="mark-worst">●</span> interval over images, <span class="mark-clean">◆</span> interval over seeds.
        </p>
      </ChartFigure>
      <DataTable id="differences-table" caption="Differences in the worst case, in points" columns={columns} rows={cells} />
    </Section>
  );
}

export function comparisonCost({ comparison, timings }: ComparisonReportInput): JSX.Element {
  const parts = partsOf(timings);
  return (
    <Section id="cost" title="Settings and cost">
      <p>
        What tuning chose for each defence, and what each training took. A gradient evaluation is one pass forwards and backwards for one
        image; seconds hold for the machine named below{timings ? '' : ', and this folder has no timings.json to tell them'}.
      </p>
      <DataTable
        id="settings-table"
        caption="Settings, as tuned"
        columns={[{ head: 'Defence' }, { head: 'Settings' }]}
        rows={comparison.entrants.map(({ name, settings }) => [
          name,
          Object.entries(settings)
            .map(([setting, value]) => `${words(setting)} ${figure(value)}`)
            .join(', '),
        ])}
      />
      <DataTable
        id="cost-table"
        caption="Cost of every training"
        columns={[
          { head: 'Model' },
          { head: 'Gradient evaluations', numeric: true },
          ...parts.map((part) => ({ head: `Time: ${words(part)}`, numeric: true })),
        ]}
        rows={comparison.rows.map(({ entrant, seed, gradientEvaluations }) => {
          const timing = timings?.[`${entrant.replaceAll(/[^a-z0-9-]+/g, '-')}/seed-${seed}`];
          return [`${entrant}, seed ${seed}`, integer(gradientEvaluations), ...parts.map((part) => duration(timing?.[part]))];
        })}
      />
    </Section>
  );
}

function ranked(summaries: readonly Summary[]): readonly Summary[] {
  return [...summaries].sort((a, b) => (b.accuracy.worst?.mean ?? -1) - (a.accuracy.worst?.mean ?? -1));
}

/** A share; Student's interval does not know that it is one. */
function within(share: number | null): number | null {
  return share === null ? null : Math.min(1, Math.max(0, share));
}
