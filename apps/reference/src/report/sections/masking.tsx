/** Is it robust, or do the attacks only fail? The known signs of masked gradients, one by one. */
import type { JSX } from 'preact';
import type { MaskingCheck } from '../../audit/audit';
import { modelTitle } from '../../model-key';
import { plural } from '../format';
import { DataTable } from '../parts/data-table';
import { NoAudit } from '../parts/no-audit';
import { Section } from '../parts/section';
import type { RunPage } from '../run-page';

const signs: Readonly<Record<MaskingCheck['verdict'], { readonly sign: string; readonly tone: string }>> = {
  fine: { sign: '✓', tone: 'good' },
  suspicious: { sign: '!', tone: 'bad' },
  'not judged': { sign: '–', tone: 'open' },
};

export function maskingSection({ input }: RunPage): JSX.Element {
  const { audit, results } = input;
  const { seeds } = results;
  if (!audit) {
    return (
      <Section id="masking" title="Masking audit">
        <NoAudit shows="The audit for masked gradients" />
      </Section>
    );
  }
  const checks = audit.defences.flatMap(({ name, seed = seeds[0]!, masking }) =>
    masking.map((check) => ({ name: modelTitle(name, seed, seeds), ...check })),
  );
  const kinds = [...new Set(checks.map(({ check }) => check))];
  const number = (verdict: MaskingCheck['verdict']): number => checks.filter((each) => each.verdict === verdict).length;
  return (
    <Section id="masking" title="Masking audit">
      <p>
        A model can look robust because its gradients lead attacks astray. Such masking leaves signs, which are looked for here (Athalye et
        al. 2018, Carlini et al. 2019). Finding none proves nothing; finding one means that the numbers above may be too good.
      </p>
      <p class="tally">
        {plural(checks.length, 'check')}: {number('fine')} fine, {number('suspicious')} suspicious, {number('not judged')} not judged.
      </p>
      {kinds.map((kind) => {
        const rows = checks.filter(({ check }) => check === kind);
        return (
          <DataTable
            key={kind}
            id={`masking-${kind.replaceAll(/[^a-z0-9-]/gi, '-')}`}
            caption={rows[0]?.question}
            columns={[{ head: 'Defence' }, { head: 'Verdict' }, { head: 'Answer' }]}
            rows={rows.map(({ name, verdict, answer }) => [name, <Verdict key="verdict" verdict={verdict} />, answer])}
          />
        );
      })}
    </Section>
  );
}

function Verdict({ verdict }: { readonly verdict: MaskingCheck['verdict'] }): JSX.Element {
  const { sign, tone } = signs[verdict];
  return (
    <span class={`badge ${tone}`}>
      <span aria-hidden="true">{sign} </span>
      {verdict}
    </span>
  );
}
