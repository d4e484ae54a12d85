/** How to make the run again, and what it was made with. */
import type { JSX } from 'preact';
import { Command } from '../parts/command';
import { Facts, type FactsProps } from '../parts/facts';
import { Section } from '../parts/section';
import type { ReportConfig } from '../report-input';

export interface ReproduceProps {
  readonly folder: string;
  readonly config: ReportConfig | null;
  /** What the results say themselves. */
  readonly facts: FactsProps['facts'];
  readonly remarks: readonly string[];
}

export function reproduceSection({ folder, config, facts, remarks }: ReproduceProps): JSX.Element {
  const environment = flattened(config?.environment ?? {});
  const sizes = flattened(config?.sizes ?? {}).filter(([name]) => name !== 'about' && name !== 'attacks');
  return (
    <Section id="reproduce" title="How to make it again">
      {config?.command === undefined ? (
        <p>This folder does not say which command made it: it has no config.json with one.</p>
      ) : (
        <>
          <p>The run was made by this command; the same settings, seed, backend and versions give the same results.json.</p>
          <Command label="Command">{config.command}</Command>
        </>
      )}
      {config?.request === undefined || config.pipeline === undefined ? null : (
        <>
          <p>Or from its own folder, which holds every setting:</p>
          <Command label="Command that repeats the run from its folder">
            {`groundstate ${config.pipeline === 'rank' ? 'rank mnist' : `run ${config.pipeline}`} --config ${folder}/config.json --out again`}
          </Command>
        </>
      )}
      <Facts title="Run" facts={[['folder', folder], ...facts]} />
      {sizes.length === 0 ? null : <Facts title="Sizes" facts={sizes} />}
      {environment.length === 0 ? null : <Facts title="Machine and versions" facts={environment} />}
      {remarks.length === 0 ? null : (
        <div class="missing">
          <p>
            <strong>Found damaged while this page was made:</strong>
          </p>
          <ul>
            {remarks.map((remark) => (
              <li key={remark}>{remark}</li>
            ))}
          </ul>
        </div>
      )}
    </Section>
  );
}

/** `{ machine: { cores: 2 } }` is `machine, cores: 2`. What a later version adds is shown as it stands. */
function flattened(values: { readonly [name: string]: unknown }, above = ''): readonly (readonly [string, string])[] {
  return Object.entries(values).flatMap(([name, value]): readonly (readonly [string, string])[] => {
    const path = above === '' ? name : `${above}, ${name}`;
    if (Array.isArray(value)) return [[path, value.map(text).join('; ')]];
    if (typeof value === 'object' && value !== null) return flattened(value as Record<string, unknown>, path);
    return value === null || value === undefined ? [] : [[path, text(value)]];
  });
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
