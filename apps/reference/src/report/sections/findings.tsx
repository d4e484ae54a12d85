/** What makes the numbers of this page unreliable, in one list: found about the models, by the attacks, and by the audit. */
import type { JSX } from 'preact';
import { findingsOf } from '../../findings';
import { plural } from '../format';
import { DataTable } from '../parts/data-table';
import { Section } from '../parts/section';
import type { RunPage } from '../run-page';

/** Nothing for results of earlier versions that nobody audited: there nobody looked. */
export function findingsSection({ input }: RunPage): JSX.Element | null {
  const { results, audit } = input;
  const looked = results.defences.some(({ findings }) => findings !== undefined);
  if (!looked && !audit) return null;
  const found = findingsOf(results, audit);
  return (
    <Section id="findings" title="Findings">
      <p>
        Signs that a robust accuracy says too much: outputs that are random, probabilities or no numbers, gradients that are zero or taken
        inside of the model, too few classes for a loss, an attack without gradients that is stronger than those with.{' '}
        {found.length === 0 ? 'None of them was found, which proves nothing.' : `${plural(found.length, 'finding')}:`}
      </p>
      {found.length === 0 ? null : (
        <DataTable
          id="findings-table"
          caption="What was found, and what to do"
          columns={[{ head: 'Defence' }, { head: 'Finding' }, { head: 'What it means' }, { head: 'Seen' }]}
          rows={found.map(({ model, code, message, seen }) => [model, code, message, seen])}
        />
      )}
    </Section>
  );
}
