/** What was run, the weakest number first, and how far it can be trusted. */
import type { JSX } from 'preact';
import type { Results } from '../../results';
import { draw } from '../charts/draw';
import { type OverviewRow, overviewChart, overviewRows } from '../charts/overview-chart';
import { figure, integer, listed, percent, percentRange, plural } from '../format';
import { ChartFigure } from '../parts/chart-figure';
import type { RunPage } from '../run-page';

export async function headline(page: RunPage): Promise<JSX.Element> {
  const { input, n } = page;
  const { dataset, threat, defences } = input.results;
  const rows = overviewRows(defences);
  const drawn = await draw(overviewChart(rows));
  return (
    <header class="headline">
      <p class="kicker">Groundstate · robustness report</p>
      <h1>{headlineOf(rows)}</h1>
      <p class="lede">
        {plural(defences.length, 'model')} for {dataset.name}, attacked on {plural(n, 'test image')}. In the worst case{' '}
        {listed(weakestFirst(rows).map(({ name, worst }) => `${name} gets ${percent(worst.accuracy)} %`))} right. {budgetOf(threat)}
      </p>
      <ChartFigure
        drawn={drawn}
        numbers={{
          columns: [
            { head: 'Defence' },
            { head: 'Worst case, %', numeric: true },
            { head: '95 % interval', numeric: true },
            { head: 'Clean, %', numeric: true },
            { head: '95 % interval', numeric: true },
          ],
          rows: rows.map(({ name, worst, clean }) => [
            name,
            percent(worst.accuracy),
            percentRange(worst.low, worst.high),
            percent(clean.accuracy),
            percentRange(clean.low, clean.high),
          ]),
        }}
      >
        <p class="marks">
          <span class="mark-worst">●</span> worst case: right, and fooled by none of the attacks. <span class="mark-clean">◆</span> clean:
          right on the untouched image. The bars are 95 % intervals.
        </p>
      </ChartFigure>
      <aside aria-labelledby="caveats-title">
        <h2 id="caveats-title">Before you quote a number</h2>
        <ul>
          {caveats(page).map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      </aside>
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
    ...(results.dataset.name === 'synthetic-digits'
      ? ['These are digits drawn by our own code, not MNIST: the numbers say nothing about MNIST.']
      : []),
    `Robust accuracy is an upper bound: it counts what ${plural(attacks.length, 'attack')} did not find, not what cannot be found. ` +
      (attacks.some((name) => /^auto-?attack/i.test(name))
        ? 'AutoAttack is among them.'
        : 'None of them is AutoAttack, the usual standard, which may lower every number.'),
    `One training with one seed (${results.seed}). The intervals are about the choice of the images, not about training again, which moves numbers too.`,
    `${integer(n)} images${half > 0 ? `: an interval reaches up to ${half.toFixed(1)} points to either side` : ''}.${results.defences.length > 1 ? ' Differences between models are judged image by image, under Differences.' : ''}`,
    ...(config?.preset === undefined || config.preset === 'standard' ? [] : [`The preset ${config.preset} means ${about(config.sizes)}`]),
  ];
}

function about(sizes: { readonly [name: string]: unknown } | undefined): string {
  return typeof sizes?.about === 'string' ? `“${sizes.about}”.` : 'less than a measurement needs.';
}
