/** What stands in the place of every picture that needs audit.json. */
import type { JSX } from 'preact';
import { Missing } from './section';

export function NoAudit({ shows }: { readonly shows: string }): JSX.Element {
  return (
    <Missing what="This folder has no audit.json.">
      {shows} would stand here. `evaluate` makes no audit, and runs of earlier versions did not: run again with `groundstate run` to have
      it.
    </Missing>
  );
}
