/** The page of runs side by side: what they share, without a winner that the seeds do not show. */
import type { JSX } from 'preact';
import { quoted } from '../../console/quoted';
import { showBudget } from '../../show-budget';
import type { SideBySide } from '../../side-by-side/side-by-side';
import { integer, listed, percent, plural } from '../format';
import { overviewRowOf, sharesOfRow, shownDifference } from '../over-seeds';
import { Caveats, standIn, upperBound } from '../parts/caveats';
import { Command } from '../parts/command';
import { DataTable } from '../parts/data-table';
import { Facts } from '../parts/facts';
import { overview } from '../parts/overview';
import { Missing, Section } from '../parts/section';
import type { SideBySideReportInput } from '../report-input';
import { budgetOf } from './headline';
import { AccuracyOverSeeds, differencesOverSeeds } from './over-seeds';

export async function sideBySideHeadline({ sideBySide }: SideBySideReportInput): Promise<JSX.Element> {
  const { dataset, threat, attacks, runs, rows, leftOut } = sideBySide;
  return (
    <header class="headline">
      <p class="kicker">Groundstate · runs side by side</p>
      <h1>{headlineOf(sideBySide)}</h1>
      <p class="lede">
        {plural(rows.length, 'model')} of {plural(runs.length, 'run')} on the {plural(dataset.images, 'test image')} of {dataset.name} and
        under the {plural(attacks.length, 'attack')} that all of them share. {budgetOf(threat)} Who is ahead of whom, if anybody, stands
        under Differences, not in the order of the rows, which is that of the runs.
      </p>
      {
        await overview(
          rows.map(sharesOfRow).map(overviewRowOf),
          'The bars are 95 % intervals: over the seeds where a model has several, over the images where it has one.',
        )
      }
      <Caveats
        texts={[
          seedsCaveat(sideBySide),
          ...leftOut.map((line) => `Left out: ${line}.`),
          ...standIn(dataset),
          upperBound(attacks),
          'The models are compared as they were trained: whether each had the settings that suit it best is not looked at.',
        ]}
      />
    </header>
  );
}

/** A range and no name: the order of two shares is no verdict. */
function headlineOf({ rows }: SideBySide): string {
  const worst = rows.flatMap(({ accuracy }) => accuracy.worst?.accuracy ?? []);
  const [low, high] = [percent(Math.min(...worst)), percent(Math.max(...worst))];
  const range = low === high ? `${low} %` : `${low} to ${high} %`;
  return `${rows.length === 1 ? rows[0]!.name : plural(rows.length, 'model')}: ${range} in the worst case`;
}

function seedsCaveat({ rows }: SideBySide): string {
  const counts = rows.map(({ seeds }) => seeds.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (most === 1) {
    return 'One training with one seed of each model: the intervals say what other images would show, not what another training would, so there is no verdict. Train with more seeds for one.';
  }
  const wide = 'Intervals over few seeds are wide.';
  if (least === most) return `${plural(most, 'seed')} a model. ${wide}`;
  return `Seeds: ${listed(rows.map(({ name, seeds }) => `${seeds.length} of ${name}`))}. ${wide}`;
}

export function sideBySideAccuracy({ sideBySide }: SideBySideReportInput): JSX.Element {
  const { attacks, rows, dataset, threat } = sideBySide;
  return (
    <Section id="accuracy" title="Accuracy">
      <p>
        The share of the {plural(dataset.images, 'shared image')} that a model gets right, in per cent: first when every shared attack has
        had its try, then under each alone, and last on the clean images. Below each share stands its 95 % interval: with several seeds that
        of their spread (Student) and each seed, with one that of the images (Wilson).
      </p>
      <AccuracyOverSeeds
        models={rows.map(sharesOfRow)}
        attacks={attacks}
        caption={`Accuracy in %, budget ${showBudget(threat.epsilon)} in ${threat.norm}`}
      />
    </Section>
  );
}

export function sideBySideDifferences({ sideBySide }: SideBySideReportInput): Promise<JSX.Element | null> {
  return differencesOverSeeds(sideBySide.differences.map(shownDifference));
}

export function sideBySideCost({ sideBySide: { rows } }: SideBySideReportInput): JSX.Element {
  const known = rows.filter(({ gradientEvaluations }) => gradientEvaluations !== null);
  return (
    <Section id="cost" title="Cost">
      {known.length === 0 ? (
        <Missing what="The cost of these trainings is not known:">the models were trained elsewhere and only attacked here.</Missing>
      ) : (
        <>
          <p>
            A gradient evaluation is one pass forwards and backwards for one image, counted while training, those of its attacks among them.
            Of several seeds the mean.
            {known.length < rows.length ? ' A model without a number was trained elsewhere.' : ''}
          </p>
          <DataTable
            id="cost-table"
            caption="Cost of one training"
            columns={[{ head: 'Defence' }, { head: 'Gradient evaluations', numeric: true }]}
            rows={rows.map(({ name, gradientEvaluations }) => [name, integer(gradientEvaluations)])}
          />
        </>
      )}
    </Section>
  );
}

export function sideBySideRuns({ folder, sideBySide }: SideBySideReportInput): JSX.Element {
  const { runs, rows, dataset, threat, attacks, leftOut } = sideBySide;
  return (
    <Section id="compared" title="What was compared">
      <p>Runs that differ in nothing but the seed stand as one model with several seeds.</p>
      <DataTable
        id="runs-table"
        caption="Where each model comes from"
        columns={[{ head: 'Defence' }, { head: 'Folders of its runs' }, { head: 'Seeds' }]}
        rows={rows.map(({ name, runs: of, seeds }) => [
          name,
          listed([...new Set(of)]),
          listed(seeds.map((seed) => seed.replace('seed ', ''))),
        ])}
      />
      <Facts
        title="Shared by all"
        facts={[
          ['data', dataset.name],
          ['images', integer(dataset.images)],
          ['threat', `${threat.norm}, ${showBudget(threat.epsilon)}`],
          ['attacks', listed(attacks)],
        ]}
      />
      <h3>Left out</h3>
      {leftOut.length === 0 ? (
        <p>Nothing: every attack and every image of these runs is shared.</p>
      ) : (
        <ul>
          {leftOut.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      <h3>How to make it again</h3>
      <p>
        From where it was made; the figures of <code>{folder}</code> come from these folders alone, and nothing was trained or attacked for
        them.
      </p>
      <Command label="Command that compares the same runs again">{`groundstate compare ${runs.map(quoted).join(' ')} --out again`}</Command>
    </Section>
  );
}
