import * as attacks from '@groundstate/attacks';
import { describe, expect, it } from 'vitest';

/** The list of exports is the registry: the command line and the README table read it, so each name must work with no arguments. */
const factories = Object.entries(attacks as Readonly<Record<string, unknown>>)
  .filter((pair): pair is [string, () => unknown] => typeof pair[1] === 'function')
  .map(([name, factory]) => ({ name, factory }));

const cardName = (attack: unknown): unknown => (attack as { readonly card?: { readonly name?: unknown } } | undefined)?.card?.name;

describe('attacks', () => {
  it('there are some', () => {
    expect(factories.length).toBeGreaterThan(0);
  });

  it.each(factories)('$name() needs no arguments and shows its card', ({ factory }) => {
    expect(cardName(factory())).toEqual(expect.stringMatching(/./));
  });

  it('no two share a name', () => {
    const names = factories.map(({ factory }) => cardName(factory()));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});
