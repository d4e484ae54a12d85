/** What was run, the weakest number first, and how far it can be trusted. */
import type { JSX } from 'preact';
import type { Audit } from '../../audit/audit';
import { findingsOf } from '../../findings';
import type { Results } from '../../results';
import { showBudget } from '../../show-budget';
import { integer, listed, percent, plural } from '../format';
import { errorOfInterval, type ModelShares, overviewRowOf, overviewShare, sharesOfRun } from '../over-seeds';
import { Caveats, standIn, upperBound } from '../parts/caveats';
import { errorOverview, overview } from '../parts/overview';
import type { RunPage } from '../run-page';

export async function headline(page: RunPage): Promise<JSX.Element> {
  const { input, n } = page;
  const { dataset, threat, defences, seeds, task, labels } = input.results;
  const models = sharesOfRun(input.results);
  const few = task === 'semi-supervised';
  const whole = integer(defences[0]?.clean.n);
  const intervals =
    seeds.length === 1 ? 'The bars are 95 % intervals.' : 'Means over the seeds, 95 % intervals by their spread, a stroke for every seed.';
  const held = `In the worst case${seeds.length === 1 ? '' : ', on average over the seeds,'} ${listed(weakestFirst(models).map(({ name, shares }) => `${name} gets ${percent(shares.worst?.value)} %`))} right.`;
  return (
    <header class="headline">
      <p class="kicker">Groundstate · robustness report · {dataset.name}</p>
      <h1>{headlineOf(models, input.results)}</h1>
      <p class="lede">
        {plural(defences.length, 'model')} for {dataset.name}
        {few ? `, trained with ${labels ? `${integer(labels.count)} labels` : 'few labels'},` : ','} attacked on {plural(n, 'test image')}.{' '}
        {models.length === 0 ? '' : held} {budgetOf(threat)}
      </p>
      {few && models.length > 0
        ? await errorOverview(
            models.map(({ name, shares }) => ({ name, error: overviewShare(shares.clean && errorOfInterval(shares.clean)) })),
            `On ${whole} images. ${intervals}`,
          )
        : null}
      {models.length === 0
        ? null
        : await overview(models.map(overviewRowOf), `${few ? `On ${integer(n)} images, clean on ${whole}. ` : ''}${intervals}`)}
      <Caveats texts={caveats(page, models)} />
    </header>
  );
}

function weakestFirst(models: readonly ModelShares[]): readonly ModelShares[] {
  return [...models].sort((a, b) => (a.shares.worst?.value ?? 0) - (b.shares.worst?.value ?? 0));
}

/** What the attacks may do, in words. */
export function budgetOf({ norm, epsilon }: Results['threat']): string {
  const sizes: { readonly [norm: string]: string } = {
    linf: 'no pixel may change by more than that',
    l2: 'the root of the summed squared changes of all pixels',
    l1: 'the sum of the changes of all pixels',
  };
  const size = sizes[norm] === undefined ? '' : ` (${sizes[norm]}; black is 0 and white is 1)`;
  return `The attacks may change each image by at most ${showBudget(epsilon)} in the ${norm} norm${size}.`;
}

/** The weakest number of the strongest model: what is claimed at most. */
function headlineOf(models: readonly ModelShares[], { task, labels, seeds }: Results): string {
  const best = weakestFirst(models).at(-1);
  if (!best) return 'No training came to an end';
  const { worst } = best.shares;
  if (!worst || worst.value === null) return 'No attack was measured';
  const over = seeds.length === 1 ? '' : `, over ${seeds.length} seeds`;
  const held = `${percent(worst.value)} % in the worst case`;
  if (task === 'semi-supervised') {
    const right = (model: ModelShares): number => model.shares.clean?.value ?? 0;
    const most = Math.max(...models.map(right));
    // Both at once is what somebody would read, and what no model may have reached.
    const both = models.some((model) => right(model) === most && model.shares.worst?.value === worst.value);
    const another = both ? '' : ' by another defence';
    return `From ${labels ? integer(labels.count) : 'few'} labels: at best ${percent(1 - most)} % test error, and ${held}${another}${over}`;
  }
  // No name among several: whether the first is ahead is for the differences to say.
  return `${models.length === 1 ? `${best.name}: ${held}` : `At best ${held}`}${over}`;
}

function caveats({ input, attacks, n }: RunPage, models: readonly ModelShares[]): readonly string[] {
  const { results, config, audit } = input;
  const { seeds, diverged, dataset } = results;
  const worst = results.defences.flatMap(({ robust }) => robust.filter(({ attack }) => attack === 'worst'));
  // Of one training: the interval over the seeds takes the images as given.
  const half = 100 * Math.max(0, ...worst.map(({ low, high }) => ((high ?? 0) - (low ?? 0)) / 2));
  const suspicious = suspiciousIn(audit, seeds);
  const several = seeds.length > 1;
  const found = [...new Set(findingsOf(results, null).map(({ model }) => model))];
  return [
    ...(suspicious.length > 0
      ? [`The masking audit found something suspicious about ${listed(suspicious)}: see there before you believe its numbers.`]
      : []),
    ...(found.length > 0 ? [`Something makes the numbers of ${listed(found)} unreliable: see Findings before you believe them.`] : []),
    ...(diverged.length > 0
      ? [
          `Trainings that came to no end: ${listed(diverged.map(({ name, seed }) => `${name} with seed ${seed}`))}. These defences have no mean and stand in no difference.`,
        ]
      : []),
    ...standIn(dataset),
    upperBound(attacks),
    several
      ? `${plural(seeds.length, 'seed')} a defence (${listed(seeds.map(String))}): intervals over few seeds are wide, and take the images as given.`
      : `One training with one seed (${seeds[0]}). The intervals are about the choice of the images, not about training again, which moves numbers too.`,
    `${integer(n)} images${half > 0 ? `: other images may move a worst case by up to ${half.toFixed(1)} points to either side` : ''}.${models.length > 1 ? ` Differences between models are judged image by image${several ? ' and seed by seed' : ''}, under Differences.` : ''}`,
    ...(config?.preset === undefined || config.preset === 'standard' || config.preset === 'paper'
      ? []
      : [`The preset ${config.preset} means ${about(config.about ?? config.sizes?.about)}`]),
  ];
}

/** The defences; with several seeds, each with its own. */
function suspiciousIn(audit: Audit | null, seeds: readonly number[]): readonly string[] {
  const found = (audit?.defences ?? []).filter(({ masking }) => masking.some(({ verdict }) => verdict === 'suspicious'));
  const names = [...new Set(found.map(({ name }) => name))];
  if (seeds.length === 1) return names;
  return names.map((name) => {
    const own = found.filter((each) => each.name === name).map(({ seed }) => String(seed));
    return `${name} (${own.length === 1 ? 'seed' : 'seeds'} ${listed(own)})`;
  });
}

function about(words: unknown): string {
  return typeof words === 'string' ? `“${words}”.` : 'less than a measurement needs.';
}
