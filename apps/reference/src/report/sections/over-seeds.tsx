/** The tables and the chart that a ranking and runs side by side share. */
import type { ComponentChildren, JSX } from 'preact';
import { differenceChart } from '../charts/difference-chart';
import { draw } from '../charts/draw';
import { none, percent, points, pointsRange } from '../format';
import { type Mark, unmarked } from '../mark';
import type { ModelShares, ShownDifference } from '../over-seeds';
import { AttackName, ShareCell } from '../parts/cells';
import { ChartFigure } from '../parts/chart-figure';
import { DataTable } from '../parts/data-table';
import { Section } from '../parts/section';

export interface AccuracyOverSeedsProps {
  readonly models: readonly ModelShares[];
  readonly attacks: readonly string[];
  readonly caption: string;
  /** Whether the models have a share `error`, which comes first and in the place of the clean one. */
  readonly error?: boolean;
  /** A column more. */
  readonly extra?: { readonly head: string; readonly cell: (model: ModelShares) => ComponentChildren };
}

export function AccuracyOverSeeds({ models, attacks, caption, error = false, extra }: AccuracyOverSeedsProps): JSX.Element {
  const cell = (share: ModelShares['shares'][string] | undefined): JSX.Element | string =>
    share ? (
      <>
        <ShareCell value={share.value} low={share.low} high={share.high} />
        {share.seeds.length > 1 ? (
          <>
            {' '}
            <span class="interval">{share.seeds.map(percent).join(' · ')}</span>
          </>
        ) : null}
        {share.note === undefined ? null : (
          <>
            {' '}
            <span class="small">{share.note}</span>
          </>
        )}
      </>
    ) : (
      none
    );
  return (
    <DataTable
      id="accuracy-table"
      caption={caption}
      columns={[
        { head: 'Defence' },
        ...(error ? [{ head: 'Test error', numeric: true }] : []),
        { head: 'Worst case', numeric: true },
        ...attacks.map((attack) => ({ head: <AttackName spec={attack} />, numeric: true })),
        ...(error ? [] : [{ head: 'Clean', numeric: true }]),
        ...(extra ? [{ head: extra.head, numeric: true }] : []),
      ]}
      rows={models.map((model) => [
        model.name,
        ...(error ? ['error', 'worst', ...attacks] : ['worst', ...attacks, 'clean']).map((name) => cell(model.shares[name])),
        ...(extra ? [extra.cell(model)] : []),
      ])}
    />
  );
}

export async function differencesOverSeeds(differences: readonly ShownDifference[]): Promise<JSX.Element | null> {
  if (differences.length === 0) return null;
  return (
    <Section id="differences" title="Differences">
      <DifferencesIntroduction differences={differences} />
      {await differencesTable(differences, 'Differences in the worst case, in points')}
    </Section>
  );
}

export function DifferencesIntroduction({ differences }: { readonly differences: readonly ShownDifference[] }): JSX.Element {
  const several = differences.some(({ overSeeds }) => overSeeds !== null);
  const single = differences.some(({ overSeeds }) => overSeeds === null);
  return (
    <p>
      {several
        ? 'Paired image by image and seed by seed. Each difference has two 95 % intervals: one for the choice of the images, one for training again with other seeds. A defence is called ahead only where both lie above zero.'
        : 'Paired image by image: what counts are the images that only one of two models still gets right in the worst case.'}
      {single
        ? ` ${several ? 'Some pairs have' : 'There is'} one training of each model to go by. The interval then says what other images would show, not what another training would, and no verdict is given: train with more seeds for one.`
        : ''}
      {differences.length > 1 ? ' With several pairs, one in twenty such intervals misses by chance.' : ''}
    </p>
  );
}

export async function differencesTable(
  differences: readonly ShownDifference[],
  caption: string,
  mark: Mark = unmarked,
): Promise<JSX.Element> {
  const several = differences.some(({ overSeeds }) => overSeeds !== null);
  const rows = differences.map(({ pair, mean, overImages, overSeeds }) => ({
    label: pair,
    intervals: [{ kind: 'images', mean, ...overImages }, ...(overSeeds ? [{ kind: 'seeds', mean, ...overSeeds }] : [])],
  }));
  const columns = [
    { head: 'Pair' },
    { head: 'Difference', numeric: true },
    { head: '95 %, over images', numeric: true },
    ...(several
      ? [
          { head: '95 %, over seeds', numeric: true },
          { head: 'Each seed', numeric: true },
        ]
      : []),
    { head: 'The first is' },
  ];
  const cells = differences.map(({ pair, mean, overImages, overSeeds, seeds, verdict }) => [
    pair,
    points(mean),
    pointsRange(overImages.low, overImages.high),
    ...(several ? [pointsRange(overSeeds?.low, overSeeds?.high), seeds.map(points).join(' · ')] : []),
    verdict,
  ]);
  return (
    <>
      <ChartFigure drawn={await draw(differenceChart(rows), mark)}>
        <p class="marks">
          <span class="mark-worst">●</span> interval over images
          {several ? (
            <>
              , <span class="mark-clean">◆</span> interval over seeds
            </>
          ) : null}
          .
        </p>
      </ChartFigure>
      <DataTable id={`differences-table${mark.id}`} caption={caption} columns={columns} rows={cells} />
    </>
  );
}
