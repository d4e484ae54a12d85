/** What there is of every seed: the first one open, the others folded, without a script. */
import type { JSX } from 'preact';
import type { RunPage, SeedPage } from '../run-page';

export async function eachSeed({ bySeed }: RunPage, body: (page: SeedPage) => JSX.Element | Promise<JSX.Element>): Promise<JSX.Element> {
  const bodies = await Promise.all(bySeed.map(async (page) => ({ seed: page.seed, content: await body(page) })));
  if (bodies.length === 1) return bodies[0]!.content;
  return (
    <>
      {bodies.map(({ seed, content }, index) => (
        <details key={seed} class="seed" open={index === 0}>
          <summary>Seed {seed}</summary>
          {content}
        </details>
      ))}
    </>
  );
}
