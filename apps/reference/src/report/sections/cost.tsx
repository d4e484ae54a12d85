/** What the training cost. */
import type { JSX } from 'preact';
import { modelKey, modelTitle } from '../../model-key';
import { duration, figure, integer, none, words } from '../format';
import { DataTable } from '../parts/data-table';
import { Section } from '../parts/section';
import type { ReportTimings } from '../report-input';
import type { RunPage } from '../run-page';

export function costSection({ input }: RunPage): JSX.Element {
  const { results, timings } = input;
  const { visits, seeds } = results;
  const parts = partsOf(timings);
  return (
    <Section id="cost" title="Cost">
      <p>
        A gradient evaluation is one pass forwards and backwards for one image, counted while training, those of its attacks among them. It
        compares methods on any machine; seconds only hold for the one named below
        {timings ? '' : ', and this folder has no timings.json to tell them'}.
      </p>
      <DataTable
        id="cost-table"
        caption="Cost of the training and of judging it"
        columns={[
          { head: 'Defence' },
          { head: 'Gradient evaluations', numeric: true },
          { head: 'Per image and visit', numeric: true },
          ...parts.map((part) => ({ head: `Time: ${words(part)}`, numeric: true })),
          { head: 'Trained against' },
        ]}
        rows={results.defences.map(({ name, seed, gradientEvaluations, adversary }) => [
          modelTitle(name, seed, seeds),
          integer(gradientEvaluations),
          visits === null || gradientEvaluations === null ? none : figure(gradientEvaluations / visits),
          ...parts.map((part) => duration(timings?.[modelKey(name, seed, seeds)]?.[part])),
          adversary ?? none,
        ])}
      />
    </Section>
  );
}

/** The parts of the work that were timed, in the order of the file. */
export function partsOf(timings: ReportTimings | null): readonly string[] {
  return [...new Set(Object.values(timings ?? {}).flatMap((timing) => Object.keys(timing)))];
}
