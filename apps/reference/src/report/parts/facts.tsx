/** Names and values, a line each. */
import type { ComponentChildren, JSX } from 'preact';

export interface FactsProps {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, value: ComponentChildren])[];
}

export function Facts({ title, facts }: FactsProps): JSX.Element {
  return (
    <>
      <h3>{title}</h3>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
