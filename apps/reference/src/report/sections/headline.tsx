/** What was run, the weakest number first, and how far it can be trusted. */
import type { JSX } from 'preact';
import type { Results } from '../../results';
import { type OverviewRow, overviewRows } from '../charts/overview-chart';
import { figure, integer, listed, percent, plural } from '../format';
import { Caveats, drawnDigits, upperBound } from '../parts/caveats';
import { overview } from '../parts/overview';
import type { RunPage } from '../run-page';

export async function headline(page: RunPage): Promise<JSX.Element> {
  const { input, n } = page;
  const { dataset, threat, defences } = input.results;
  const rows = overviewRows(defences);
  return (
    <header class="headline">
      <p class="kicker">Groundstate · robustness report</p>
      <h1>{headlineOf(rows)}</h1>
      <p class="lede">
        {plural(defences.length, 'model')} for {dataset.name}, attacked on {plural(n, 'test image')}. In the worst case{' '}
        {listed(weakestFirst(rows).map(({ name, worst }) => `${name} gets ${percent(worst.accuracy)} %`))} right. {budgetOf(threat)}
      </p>
      {await overview(rows, 'The bars are 95 % intervals.')}
      <Caveats texts={caveats(page)} />
    </header>
  );
}

function weakestFirst(rows: readonly OverviewRow[]): readonly OverviewRow[] {
  return [...rows].sort((a, b) => (a.worst.accuracy ?? 0) - (b.worst.accuracy ?? 0));
}

/** What the attacks may do, in words. */
export function budgetOf({ norm, epsilon }: Results['threat']): string {
  const sizes: { readonly [norm: string]: string } = {
    linf: 'no pixel may change by more than that',
    l2: 'the root of the summed squared changes of all pixels',
    l1: 'the sum of the changes of all pixels',
  };
  const size = sizes[norm] === undefined ? '' : ` (${sizes[norm]}; black is 0 and white is 1)`;
  return `The attacks may change each image by at most ${figure(epsilon)} in the ${norm} norm${size}.`;
}

/** The weakest number of the strongest model: what is claimed at most. */
function headlineOf(rows: readonly OverviewRow[]): string {
  const best = weakestFirst(rows).at(-1);
  if (!best || best.worst.accuracy === null) return 'No attack was measured';
  const held = `${percent(best.worst.accuracy)} % in the worst case`;
  // No name among several: whether the first is ahead is for the differences to say.
  return rows.length === 1 ? `${best.name}: ${held}` : `At best ${held}`;
}

function caveats({ input, attacks, n }: RunPage): readonly string[] {
  const { results, config, audit } = input;
  const half = Math.max(...overviewRows(results.defences).map(({ worst: { low, high } }) => (100 * ((high ?? 0) - (low ?? 0))) / 2));
  const suspicious =
    audit?.defences.filter(({ masking }) => masking.some(({ verdict }) => verdict === 'suspicious')).map(({ name }) => name) ?? [];
  return [
    ...(suspicious.length > 0
      ? [`The masking audit found something suspicious about ${listed(suspicious)}: see there before you believe its numbers.`]
      : []),
    ...drawnDigits(results.dataset.name),
    upperBound(attacks),
    `One training with one seed (${results.seed}). The intervals are about the choice of the images, not about training again, which moves numbers too.`,
    `${integer(n)} images${half > 0 ? `: an interval reaches up to ${half.toFixed(1)} points to either side` : ''}.${results.defences.length > 1 ? ' Differences between models are judged image by image, under Differences.' : ''}`,
    ...(config?.preset === undefined || config.preset === 'standard' ? [] : [`The preset ${config.preset} means ${about(config.sizes)}`]),
  ];
}

function about(sizes: { readonly [name: string]: unknown } | undefined): string {
  return typeof sizes?.about === 'string' ? `“${sizes.about}”.` : 'less than a measurement needs.';
}
