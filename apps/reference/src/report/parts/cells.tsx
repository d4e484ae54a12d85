/** What stands in the cells of the tables. */
import type { JSX } from 'preact';
import { none, percent, percentRange } from '../format';

export type Interval = { readonly value: number | null; readonly low: number | null; readonly high: number | null };

/** A share in per cent, its interval below, and a note in small print. */
export function ShareCell({ value, low, high, note }: Interval & { readonly note?: string }): JSX.Element {
  if (value === null) return <>{none}</>;
  return (
    <>
      <span class="value">{percent(value)}</span> <span class="interval">{percentRange(low, high)}</span>
      {note === undefined ? null : (
        <>
          {' '}
          <span class="small">{note}</span>
        </>
      )}
    </>
  );
}

/** `pgd:steps=20` with its options in a line of their own. */
export function AttackName({ spec }: { readonly spec: string }): JSX.Element {
  const [name, options] = splitSpec(spec);
  return (
    <>
      {name}
      {options === undefined ? null : (
        <>
          {' '}
          <span class="options">{options.replaceAll(',', ', ')}</span>
        </>
      )}
    </>
  );
}

function splitSpec(spec: string): [string, string | undefined] {
  const colon = spec.indexOf(':');
  return colon < 0 ? [spec, undefined] : [spec.slice(0, colon), spec.slice(colon + 1)];
}
