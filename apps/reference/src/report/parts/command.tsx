/** A command to copy. Long ones scroll, by keyboard too. */
import type { JSX } from 'preact';

export function Command({ label, children }: { readonly label: string; readonly children: string }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus, or the arrow keys cannot reach it
    <section class="command" tabIndex={0} aria-label={label}>
      <pre>
        <code>{children}</code>
      </pre>
    </section>
  );
}
