/** Differences between the defences of a run, paired image by image, and with several seeds seed by seed. */
import type { PairedDifference } from '@groundstate/metrics';
import type { JSX } from 'preact';
import type { RunDifference } from '../../results';
import { differenceChart } from '../charts/difference-chart';
import { draw } from '../charts/draw';
import { figure, integer, points, pointsRange } from '../format';
import { type Mark, unmarked } from '../mark';
import { shownDifference } from '../over-seeds';
import { ChartFigure } from '../parts/chart-figure';
import { DataTable } from '../parts/data-table';
import { Missing, Section } from '../parts/section';
import type { RunPage } from '../run-page';
import { verdictOf } from '../verdict';
import { DifferencesIntroduction, differencesTable } from './over-seeds';

/** What is compared, in the order of the sections: on its heading, and in a sentence. */
const figures = {
  clean: {
    heading: 'Clean images, the whole test set',
    caption: 'Differences in clean accuracy, in points',
    mark: { id: '-clean', words: ', clean' },
  },
  worst: { heading: 'Worst case', caption: 'Differences in the worst case, in points', mark: unmarked },
} as const;

export async function differencesSection({ input }: RunPage): Promise<JSX.Element | null> {
  const { differences, summaries, seeds } = input.results;
  if (summaries.length < 2) return null;
  const title = { id: 'differences', title: 'Differences' };
  if (differences.length === 0) {
    return (
      <Section {...title}>
        <Missing what="There is no outcomes.json that tells of the same images for every model.">
          Without the outcome of every image, models cannot be compared image by image. Runs of earlier versions did not write it: run again
          to have it.
        </Missing>
      </Section>
    );
  }
  const kinds = (['clean', 'worst'] as const).filter((kind) => differences.some((each) => each.figure === kind));
  const parts = kinds.map((kind) => ({ kind, of: differences.filter((each) => each.figure === kind) }));
  const several = seeds.length > 1;
  return (
    <Section {...title}>
      {several ? <DifferencesIntroduction differences={differences.map(shownDifference)} /> : <OneSeed pairs={parts[0]!.of.length} />}
      {
        await Promise.all(
          parts.map(async ({ kind, of }) => (
            <div key={kind}>
              {kinds.length > 1 ? <h3>{figures[kind].heading}</h3> : null}
              {several
                ? await differencesTable(of.map(shownDifference), figures[kind].caption, figures[kind].mark)
                : await pairedTable(of, figures[kind].caption, figures[kind].mark)}
            </div>
          )),
        )
      }
    </Section>
  );
}

function OneSeed({ pairs }: { readonly pairs: number }): JSX.Element {
  return (
    <p>
      Two models on the same images: what counts are the images that only one of them gets right. This tells far closer models apart than
      two separate intervals do. A model is called ahead with these trainings only where the whole 95 % interval (Newcombe) is above zero:
      that interval says what other images would show.{' '}
      <strong>Each model is one training with one seed, which does not show that another training of it would be ahead.</strong> Train with
      more seeds for that: <code>--seeds 3</code>.{pairs > 1 ? ' With several pairs, one in twenty such intervals misses by chance.' : ''}
    </p>
  );
}

/** With one seed. */
async function pairedTable(differences: readonly RunDifference[], caption: string, mark: Mark): Promise<JSX.Element> {
  const compared = differences.map(({ left, right, seeds }) => ({ pair: `${left} less ${right}`, paired: onlyOf(seeds) }));
  const rows = compared.map(({ pair, paired: { difference, low, high } }) => ({
    label: pair,
    intervals: [{ kind: 'images', mean: difference, low, high }],
  }));
  return (
    <>
      <ChartFigure drawn={await draw(differenceChart(rows), mark)} />
      <DataTable
        id={`differences-table${mark.id}`}
        caption={caption}
        columns={[
          { head: 'Pair' },
          { head: 'Difference', numeric: true },
          { head: '95 % interval', numeric: true },
          { head: 'Only the first right', numeric: true },
          { head: 'Only the second right', numeric: true },
          { head: 'p (McNemar)', numeric: true },
          { head: 'The first is' },
        ]}
        rows={compared.map(({ pair, paired }) => [
          pair,
          points(paired.difference),
          pointsRange(paired.low, paired.high),
          integer(paired.onlyLeft),
          integer(paired.onlyRight),
          figure(paired.p),
          verdictOf(paired),
        ])}
      />
    </>
  );
}

function onlyOf(seeds: RunDifference['seeds']): PairedDifference {
  return Object.values(seeds)[0]!;
}
