/** How the command line names a thing and sets it: `name` or `name:key=value,...`. */
import { expected } from '@groundstate/core';
import { didYouMean } from '../config/nearest';

export interface Spec {
  readonly name: string;
  /** In the order in which they were written; no key stands twice. */
  readonly given: ReadonlyMap<string, string>;
}

/** `owner`: where it was written; `example`: what one looks like. */
export function parseSpec(owner: string, text: string, example: string): Spec {
  const [name = '', ...rest] = text.split(':');
  const given = new Map<string, string>();
  for (const part of rest.join(':').split(',').filter(Boolean)) {
    const [key, value, ...more] = part.split('=');
    if (!key || !value || more.length > 0) throw expected(owner, text, `a name and options, as in ${example}`, part);
    if (given.has(key)) throw expected(name, key, 'given once', text);
    given.set(key, value);
  }
  return { name, given };
}

/** An entry by its name; the nearest name where there is none. */
export function entryNamed<Entry>(owner: string, name: string, entries: ReadonlyMap<string, Entry>): Entry {
  const entry = entries.get(name);
  if (entry !== undefined) return entry;
  const names = [...entries.keys()];
  throw expected(owner, 'name', `one of ${names.join(', ')}`, name, didYouMean(name, names));
}

/** Refuses the first option that is not among `known`. */
export function checkOptions(owner: string, given: Iterable<string>, known: readonly string[]): void {
  for (const key of given) {
    if (known.includes(key)) continue;
    const rule = known.length > 0 ? `one of ${known.join(', ')}` : 'left out (there are no options)';
    throw expected(owner, 'option', rule, key, didYouMean(key, known));
  }
}
