/** Every share with its interval: the worst case first, then each attack, the strongest first, and the clean accuracy last. */
import type { JSX } from 'preact';
import { cascadeNote } from '../../console/results-legend';
import { errorOf } from '../../error-share';
import type { DefenceRow } from '../../results';
import { showBudget } from '../../show-budget';
import { figure, integer, none } from '../format';
import { noteOf } from '../note-of';
import { errorOfInterval, sharesOfRun } from '../over-seeds';
import { AttackName, ShareCell } from '../parts/cells';
import { DataTable } from '../parts/data-table';
import { eachSeed } from '../parts/each-seed';
import { Section } from '../parts/section';
import type { RunPage, SeedPage } from '../run-page';
import { AccuracyOverSeeds } from './over-seeds';

export async function accuracySection(page: RunPage): Promise<JSX.Element> {
  const { input, attacks, n } = page;
  const { threat, seeds, task, defences } = input.results;
  const few = task === 'semi-supervised';
  const several = seeds.length > 1;
  const models = sharesOfRun(input.results).map((model) => {
    const { clean } = model.shares;
    return few && clean ? { ...model, shares: { ...model.shares, error: errorOfInterval(clean) } } : model;
  });
  const counted = defences.some(({ robust }) => robust.some(({ passes }) => passes !== undefined));
  return (
    <Section id="accuracy" title="Accuracy">
      <p>
        {few ? `The test error on all ${integer(defences[0]?.clean.n)} test images, and then the` : 'The'} share of the {integer(n)}{' '}
        attacked test images that a model gets right, in per cent: first when every attack of the table has had its try, then under each
        attack alone
        {few ? '' : ', and last on the clean images'}.{' '}
        {several
          ? 'Each share is the mean over the seeds; below it stand the 95 % interval that their spread gives (Student), and each seed.'
          : 'Below each share stands its 95 % interval (Wilson).'}
        {counted
          ? ' In small print: the number of images, and how many passes forwards + backwards an image took on average, which for an attack with gradients is the number of gradient evaluations.'
          : ''}
        {input.results.cascade ? ` ${cascadeNote(input.results.cascade)} No column is comparable with one of another order.` : ''}
      </p>
      {several ? (
        <AccuracyOverSeeds
          models={models}
          attacks={attacks}
          caption={`Accuracy in %, over the seeds, budget ${showBudget(threat.epsilon)} in ${threat.norm}`}
          error={few}
        />
      ) : null}
      {await eachSeed(page, (seed) => tables(seed, attacks))}
    </Section>
  );
}

function tables({ input: { results }, mark }: SeedPage, attacks: readonly string[]): JSX.Element {
  const { defences, threat, task } = results;
  const few = task === 'semi-supervised';
  const heads = attacks.map((attack) => ({ head: <AttackName spec={attack} />, numeric: true }));
  return (
    <>
      <DataTable
        id={`accuracy-table${mark.id}`}
        caption={`Accuracy in %, budget ${showBudget(threat.epsilon)} in ${threat.norm}${mark.words}`}
        columns={[
          { head: 'Defence' },
          ...(few ? [{ head: 'Test error', numeric: true }] : []),
          { head: 'Worst case', numeric: true },
          ...heads,
          ...(few ? [] : [{ head: 'Clean', numeric: true }]),
        ]}
        rows={defences.map(({ name, robust, clean }) => {
          const { accuracy, low, high } = few ? errorOf(clean) : clean;
          const whole = <ShareCell key="clean" value={accuracy} low={low} high={high} note={noteOf([clean])} />;
          const attacked = ['worst', ...attacks].map((attack) => {
            const row = robust.find((each) => each.attack === attack);
            return row ? <ShareCell value={row.accuracy} low={row.low} high={row.high} note={noteOf([row])} /> : none;
          });
          return [name, ...(few ? [whole, ...attacked] : [...attacked, whole])];
        })}
      />
      <DataTable
        id={`distance-table${mark.id}`}
        caption={`How far the successful perturbations go, median size in ${threat.norm}${mark.words}`}
        quiet
        columns={[{ head: 'Defence' }, ...heads]}
        rows={defences.map(({ name, robust }) => [
          name,
          ...attacks.map((attack) => figure(robust.find((each) => each.attack === attack)?.distance.median)),
        ])}
      />
      {attacks.map((attack) => membersTable(attack, results, mark))}
      {roundedTable(attacks, results, mark)}
    </>
  );
}

/** For an attack that is several in one: what was left after each, and how many it broke. */
function membersTable(attack: string, { defences }: SeedPage['input']['results'], mark: SeedPage['mark']): JSX.Element | null {
  const rows = defences.flatMap(({ name, robust }) => {
    const members = robust.find((each) => each.attack === attack)?.members ?? [];
    return members.length === 0 ? [] : [{ name, members }];
  });
  const [first] = rows;
  if (!first) return null;
  return (
    <DataTable
      key={attack}
      id={`members-${attack.replaceAll(/[^a-z0-9-]/gi, '-')}${mark.id}`}
      caption={
        <>
          <AttackName spec={attack} />: robust accuracy in % after each member{mark.words}
        </>
      }
      quiet
      columns={[{ head: 'Defence' }, ...first.members.map(({ attack: member }) => ({ head: member, numeric: true }))]}
      rows={rows.map(({ name, members }) => [
        name,
        ...members.map(({ broke, standing }) =>
          standing ? (
            <ShareCell value={standing.accuracy} low={standing.low} high={standing.high} note={`broke ${integer(broke)}`} />
          ) : (
            `broke ${integer(broke)}`
          ),
        ),
      ])}
    />
  );
}

function roundedTable(attacks: readonly string[], { defences }: SeedPage['input']['results'], mark: SeedPage['mark']): JSX.Element | null {
  const rounded = ({ robust }: DefenceRow, attack: string) => robust.find((each) => each.attack === attack)?.rounded;
  const bits = defences.map((row) => rounded(row, 'worst')?.bits).find((each) => each !== undefined);
  if (bits === undefined) return null;
  return (
    <DataTable
      id={`rounded-table${mark.id}`}
      caption={`Accuracy in % when adversarial images are rounded to ${bits} bits${mark.words}`}
      quiet
      columns={[
        { head: 'Defence' },
        { head: 'Worst case', numeric: true },
        ...attacks.map((attack) => ({ head: <AttackName spec={attack} />, numeric: true })),
      ]}
      rows={defences.map((row) => [
        row.name,
        ...['worst', ...attacks].map((attack) => {
          const share = rounded(row, attack);
          return share ? <ShareCell value={share.accuracy} low={share.low} high={share.high} /> : none;
        }),
      ])}
    />
  );
}
