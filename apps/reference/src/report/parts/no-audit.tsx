/** What stands in the place of every picture that needs audit.json. */
import type { JSX } from 'preact';
import { Missing } from './section';

export function NoAudit({ shows }: { readonly shows: string }): JSX.Element {
  return (
    <Missing what="This folder has no audit.json.">
      {shows} would stand here. <code>evaluate</code> makes no audit, and runs of earlier versions did not: run again with{' '}
      <code>groundstate run</code> to have it.
    </Missing>
  );
}
