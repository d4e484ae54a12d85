/** Differences between defences, paired image by image. */
import type { JSX } from 'preact';
import { differenceChart } from '../charts/difference-chart';
import { draw } from '../charts/draw';
import { figure, integer, points, pointsRange } from '../format';
import { pairsOf, verdictOf } from '../pairs';
import { ChartFigure } from '../parts/chart-figure';
import { DataTable } from '../parts/data-table';
import { Missing, Section } from '../parts/section';
import type { RunPage } from '../run-page';

export async function differencesSection({ input }: RunPage): Promise<JSX.Element | null> {
  const names = input.results.defences.map(({ name }) => name);
  if (names.length < 2) return null;
  const title = { id: 'differences', title: 'Differences' };
  if (!input.outcomes) {
    return (
      <Section {...title}>
        <Missing what="This folder has no outcomes.json.">
          Without the outcome of every image, models cannot be compared image by image. Runs of earlier versions did not write it: run again
          to have it.
        </Missing>
      </Section>
    );
  }
  const pairs = pairsOf(names, input.outcomes);
  const compared = pairs.flatMap(({ left, right, difference }) => (difference ? [{ left, right, difference }] : []));
  const rows = compared.map(({ left, right, difference: { difference, low, high } }) => ({
    label: `${left} less ${right}`,
    intervals: [{ kind: 'images', mean: difference, low, high }],
  }));
  return (
    <Section {...title}>
      <p>
        Two models on the same images: what counts are the images that only one of them still gets right in the worst case. This tells far
        closer models apart than two separate intervals do. A model is called ahead with these trainings only where the whole 95 % interval
        (Newcombe) is above zero: that interval says what other images would show.{' '}
        <strong>Each model is one training with one seed, which does not show that another training of it would be ahead.</strong> Train
        with more seeds and lay the runs side by side for that: <code>groundstate compare</code>.
        {pairs.length > 1 ? ' With several pairs, one in twenty such intervals misses by chance.' : ''}
      </p>
      {rows.length === 0 ? null : <ChartFigure drawn={await draw(differenceChart(rows))} />}
      <DataTable
        id="differences-table"
        caption="Differences in the worst case, in points"
        columns={[
          { head: 'Pair' },
          { head: 'Difference', numeric: true },
          { head: '95 % interval', numeric: true },
          { head: 'Only the first right', numeric: true },
          { head: 'Only the second right', numeric: true },
          { head: 'p (McNemar)', numeric: true },
          { head: 'The first is' },
        ]}
        rows={compared.map(({ left, right, difference }) => [
          `${left} less ${right}`,
          points(difference.difference),
          pointsRange(difference.low, difference.high),
          integer(difference.onlyLeft),
          integer(difference.onlyRight),
          figure(difference.p),
          verdictOf(difference),
        ])}
      />
      {pairs.flatMap(({ left, right, ...rest }) =>
        rest.difference === undefined
          ? [
              <Missing key={`${left} ${right}`} what={`${left} and ${right} are not compared:`}>
                {rest.reason}
              </Missing>,
            ]
          : [],
      )}
    </Section>
  );
}
