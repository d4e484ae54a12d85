/** Every share with its interval: the worst case first, then each attack, the strongest first, and the clean accuracy last. */
import type { JSX } from 'preact';
import { figure, integer, none } from '../format';
import { AttackName, ShareCell } from '../parts/cells';
import { DataTable } from '../parts/data-table';
import { Section } from '../parts/section';
import type { RunPage } from '../run-page';

export function accuracySection({ input, attacks, n }: RunPage): JSX.Element {
  const { defences, threat } = input.results;
  return (
    <Section id="accuracy" title="Accuracy">
      <p>
        The share of the {integer(n)} test images that a model gets right, in per cent: first when every attack of the table has had its
        try, then under each attack alone, and last on the clean images. Below each share stands its 95 % interval (Wilson).
      </p>
      <DataTable
        id="accuracy-table"
        caption={`Accuracy in %, budget ${figure(threat.epsilon)} in ${threat.norm}`}
        columns={[
          { head: 'Defence' },
          { head: 'Worst case', numeric: true },
          ...attacks.map((attack) => ({ head: <AttackName spec={attack} />, numeric: true })),
          { head: 'Clean', numeric: true },
        ]}
        rows={defences.map(({ name, robust, clean }) => [
          name,
          ...['worst', ...attacks].map((attack) => {
            const row = robust.find((each) => each.attack === attack);
            return row ? <ShareCell value={row.accuracy} low={row.low} high={row.high} /> : none;
          }),
          <ShareCell key="clean" value={clean.accuracy} low={clean.low} high={clean.high} />,
        ])}
      />
      <DataTable
        id="distance-table"
        caption={`How far the successful perturbations go, median size in ${threat.norm}`}
        quiet
        columns={[{ head: 'Defence' }, ...attacks.map((attack) => ({ head: <AttackName spec={attack} />, numeric: true }))]}
        rows={defences.map(({ name, robust }) => [
          name,
          ...attacks.map((attack) => figure(robust.find((each) => each.attack === attack)?.distance.median)),
        ])}
      />
    </Section>
  );
}
