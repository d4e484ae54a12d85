/** What the energy does and an end-point penalty does not: the loss on the way to the attacked image. */
import type { JSX } from 'preact';
import { draw, drawPanel } from '../charts/draw';
import { pathChart } from '../charts/path-chart';
import { type Profile, profileChart } from '../charts/profile-chart';
import { figure, integer, listed } from '../format';
import { ChartFigure } from '../parts/chart-figure';
import { eachSeed } from '../parts/each-seed';
import { Legend, Swatch } from '../parts/legend';
import { NoAudit } from '../parts/no-audit';
import { Section } from '../parts/section';
import type { RunPage, SeedPage } from '../run-page';

/** Panels share their axis up to this ratio of the largest loss to the smallest; beyond it the small ones would be flat lines. */
const comparable = 5;

export async function pathSection(page: RunPage): Promise<JSX.Element> {
  return (
    <Section id="path" title="The way to the attacked image">
      <p>
        An attack walks from a clean image to one that it has changed as far as the budget allows. Training against attacks looks at the
        loss at the end of that way. The energy looks at the whole of it: cut into K segments, D<sub>K</sub> is K times the sum of the
        squared changes of the loss over the segments. It is small only where the loss hardly moves anywhere on the way.
      </p>
      {
        await eachSeed(page, async (seed) => (
          <>
            {await losses(seed)}
            {await profile(seed)}
          </>
        ))
      }
    </Section>
  );
}

async function losses({ input, series, mark }: SeedPage): Promise<JSX.Element> {
  const defences = (input.audit?.defences ?? []).filter(({ name, path }) => path.length > 0 && series.some((each) => each.name === name));
  if (defences.length === 0) return <NoAudit shows="The loss along the way, for every defence," />;
  const tops = defences.map(({ path }) => Math.max(...path.map(({ upper }) => upper)));
  const shared = Math.max(...tops) <= comparable * Math.min(...tops);
  const panels = await Promise.all(
    defences.map(async (defence) => {
      const look = series.find(({ name }) => name === defence.name)!;
      return { defence, look, drawn: await drawPanel(pathChart(defence, look, shared ? Math.max(...tops) : undefined), mark) };
    }),
  );
  return (
    <>
      <h3>Loss along the way</h3>
      <p>
        The line is the median over {integer(defences[0]?.n)} images of the loss (cross-entropy), the band the middle half of them. A low,
        even slope is what one hopes for; a hump or a sudden rise means that the model can be fooled by less than the end point shows.{' '}
        {shared ? (
          'The panels share one scale.'
        ) : (
          <strong>Each panel has a scale of its own: compare shapes here, and heights by the numbers.</strong>
        )}
      </p>
      <div class="panels">
        {panels.map(({ defence, look, drawn }) => (
          <ChartFigure
            key={look.key}
            drawn={drawn}
            heading={
              <h4>
                <Swatch {...look} /> {defence.name}
              </h4>
            }
            numbers={{
              columns: [
                { head: 'Way' },
                ...['Lower quartile', 'Median', 'Upper quartile', 'Mean'].map((head) => ({ head, numeric: true })),
              ],
              rows: defence.path.map(({ fraction, lower, median, upper, mean }) => [
                figure(fraction),
                figure(lower),
                figure(median),
                figure(upper),
                figure(mean),
              ]),
            }}
          />
        ))}
      </div>
    </>
  );
}

async function profile({ input, series, mark }: SeedPage): Promise<JSX.Element> {
  const { profiles, from } = profilesOf(input);
  const finite = profiles.filter(({ energies }) => energies.some(({ energy }) => energy !== null));
  const without = profiles.filter(({ energies }) => energies.some(({ energy }) => energy === null)).map(({ name }) => name);
  const variations = new Map((input.audit?.defences ?? []).map(({ name, energies }) => [name, energies]));
  return (
    <>
      <h3>What finer segments reveal</h3>
      <p>
        D<sub>1</sub> sees only the two ends, as adversarial training does. D<sub>2</sub>, D<sub>4</sub> and D<sub>8</sub> look in between,
        and can only be larger: a level line says that the loss rises evenly, a climbing one that the end points hide what happens between
        them.
      </p>
      {finite.length === 0 ? null : (
        <ChartFigure
          drawn={await draw(profileChart(finite, series), mark)}
          heading={<Legend series={series.filter(({ name }) => finite.some((each) => each.name === name))} />}
          numbers={{
            columns: [
              { head: 'Defence' },
              { head: 'K', numeric: true },
              { head: 'Mean energy', numeric: true },
              { head: 'Mean total variation', numeric: true },
            ],
            rows: profiles.flatMap(({ name, energies }) =>
              energies.map(({ segments, energy }) => [
                name,
                integer(segments),
                figure(energy),
                figure(variations.get(name)?.find((each) => each.segments === segments)?.variation),
              ]),
            ),
          }}
        />
      )}
      <p class="note">
        {from} The scale is logarithmic where all values are above zero; the unit is that of the squared loss.
        {without.length === 0 ? '' : ` Of ${listed(without)} some points are missing: no image had a finite energy there.`}
      </p>
    </>
  );
}

/** From the audit, whose path the panels above show; without one, from the results, which have the energies of all images. */
function profilesOf({ audit, results }: SeedPage['input']): { readonly profiles: readonly Profile[]; readonly from: string } {
  const known = new Set(results.defences.map(({ name }) => name));
  const audited = (audit?.defences ?? []).filter(({ name, energies }) => known.has(name) && energies.length > 0);
  if (audited.length > 0) return { profiles: audited, from: 'Means over the same images and the same paths as above.' };
  const profiles = results.defences.map(({ name, energy }) => ({
    name,
    energies: ([1, 2, 4, 8] as const).map((segments) => ({ segments, energy: energy[`D${segments}`] })),
  }));
  return { profiles, from: `Means over all ${integer(results.dataset.test)} test images.` };
}
