/** Some images, clean and attacked, with what the model says of them. */
import type { JSX } from 'preact';
import type { Prediction, Sample } from '../../audit/audit';
import { figure, percent } from '../format';
import { eachSeed } from '../parts/each-seed';
import { NoAudit } from '../parts/no-audit';
import { Section } from '../parts/section';
import type { RunPage, SeedPage } from '../run-page';

export async function gallerySection(page: RunPage): Promise<JSX.Element> {
  return (
    <Section id="gallery" title="Images">
      {page.input.audit ? (
        <>
          <p>
            Each row of three is one test image: as it is, the change that the attack found (grey is no change; stretched, so that it can be
            seen), and the two together. Below stands the class that the model sees, and how sure it is.
          </p>
          {await eachSeed(page, galleries)}
        </>
      ) : (
        <NoAudit shows="A gallery of attacked images" />
      )}
    </Section>
  );
}

function galleries({ input: { audit, images, results } }: SeedPage): JSX.Element {
  return (
    <>
      {(audit?.defences ?? []).map(({ name, samples }) => (
        <div key={name} class="gallery">
          <h3>{name}</h3>
          {samples.length === 0 ? (
            <p class="note">The audit kept no images of it.</p>
          ) : (
            <ul>
              {samples.map((sample) => (
                <li key={sample.id}>{card(sample, results.threat.norm, images)}</li>
              ))}
            </ul>
          )}
        </div>
      ))}
    </>
  );
}

function card(
  { id, label, clean, adversarial, distance, images: files }: Sample,
  norm: string,
  images: { readonly [path: string]: string },
): JSX.Element {
  const verdict = clean.class !== label ? 'wrong already' : adversarial.class === label ? 'stands' : 'fooled';
  return (
    <>
      <p class="card-title">
        Image {id}, a {label} <span class={`badge ${verdict === 'stands' ? 'good' : 'bad'}`}>{verdict}</span>
      </p>
      <div class="triple">
        {picture(images[files.clean], `Test image ${id} as it is`, says(clean))}
        {picture(
          images[files.perturbation],
          `The change made to test image ${id}`,
          <>
            size {figure(distance)}
            <span class="hidden"> in {norm}</span>
          </>,
        )}
        {picture(images[files.adversarial], `Test image ${id} with the change`, says(adversarial))}
      </div>
    </>
  );
}

function picture(address: string | undefined, alternative: string, caption: JSX.Element): JSX.Element {
  return (
    <figure>
      {address === undefined ? <div class="no-image">file missing</div> : <img src={address} alt={alternative} width="84" height="84" />}
      <figcaption>{caption}</figcaption>
    </figure>
  );
}

function says(prediction: Prediction): JSX.Element {
  return (
    <>
      <strong>{prediction.class}</strong> {percent(prediction.confidence)} %
    </>
  );
}
