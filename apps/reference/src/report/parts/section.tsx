/** A section of the page, and what stands in it where the folder lacks what it is made from. */
import type { ComponentChildren, JSX } from 'preact';

export type SectionTitle = { readonly id: string; readonly title: string };

export function Section({ id, title, children }: SectionTitle & { readonly children: ComponentChildren }): JSX.Element {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {children}
    </section>
  );
}

export function Missing({ what, children }: { readonly what: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <div class="missing">
      <p>
        <strong>{what}</strong> {children}
      </p>
    </div>
  );
}
