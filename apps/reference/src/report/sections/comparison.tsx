/** The page of a ranking: tuned defences over several seeds, and who is ahead of whom. */
import type { JSX } from 'preact';
import type { Comparison } from '../../comparison/comparison';
import { duration, figure, integer, listed, percent, plural, words } from '../format';
import { type ModelShares, overviewRowOf, sharesOfSummary, shownDifference } from '../over-seeds';
import { Caveats, standIn, upperBound } from '../parts/caveats';
import { DataTable } from '../parts/data-table';
import { overview } from '../parts/overview';
import { Section } from '../parts/section';
import type { ComparisonReportInput } from '../report-input';
import { partsOf } from './cost';
import { budgetOf } from './headline';
import { AccuracyOverSeeds, differencesOverSeeds } from './over-seeds';

export async function comparisonHeadline({ comparison }: ComparisonReportInput): Promise<JSX.Element> {
  const { dataset, threat, tuning, attacks, diverged } = comparison;
  const models = ranked(comparison);
  const seeds = models[0]?.seeds ?? 0;
  const rows = models.map(overviewRowOf);
  const caveats = [
    upperBound(attacks),
    `${plural(seeds, 'seed')} a defence, ${plural(tuning.trials, 'tuning trial')} each: ${seeds === 1 ? 'one seed does not show what another training would do' : 'intervals over seeds are wide'}, and better settings may exist.`,
    ...standIn(dataset),
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
      {rows.length === 0
        ? null
        : await overview(rows, seeds === 1 ? 'One seed: no interval.' : 'Means over the seeds, with 95 % intervals by their spread.')}
      <Caveats texts={caveats} />
    </header>
  );
}

export function comparisonAccuracy({ comparison }: ComparisonReportInput): JSX.Element {
  const gradients = new Map(comparison.summaries.map(({ entrant, gradientEvaluations }) => [entrant, gradientEvaluations]));
  return (
    <Section id="accuracy" title="Accuracy">
      <p>The mean over the seeds in per cent; below it the 95 % interval that the spread of the seeds gives (Student), and each seed.</p>
      <AccuracyOverSeeds
        models={ranked(comparison)}
        attacks={comparison.attacks}
        caption="Accuracy in %, over the seeds"
        extra={{ head: 'Gradients an image and visit', cell: ({ name }) => figure(gradients.get(name)) }}
      />
    </Section>
  );
}

export function comparisonDifferences({ comparison }: ComparisonReportInput): Promise<JSX.Element | null> {
  return differencesOverSeeds(comparison.differences.map(shownDifference));
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

/** The strongest in the worst case first. */
function ranked({ summaries }: Comparison): readonly ModelShares[] {
  return summaries.map(sharesOfSummary).sort((a, b) => (b.shares.worst?.value ?? -1) - (a.shares.worst?.value ?? -1));
}
