import { readdirSync } from 'node:fs';
import * as attacks from '@groundstate/attacks';
import { describe, expect, it } from 'vitest';
import { inRoot } from './packages';

/** What goes around an attack, needs a second model, or looks at one. */
const notAttacks = ['eot', 'inspectModel', 'squareFinding', 'transfer'];

/** The list of exports is the registry: the command line and the README table read it, so each name must work with no arguments. */
const factories = Object.entries(attacks as Readonly<Record<string, unknown>>)
  .filter((pair): pair is [string, () => unknown] => typeof pair[1] === 'function' && !notAttacks.includes(pair[0]))
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

  it('every factory that a file exports stands in the list of exports: without that line nobody can use it', async () => {
    const files = readdirSync(inRoot('packages/attacks/src')).filter(
      (name) => name.endsWith('.ts') && !/\.test\.ts$|^index\.ts$/.test(name),
    );
    const listed = new Set(factories.map(({ name }) => name));
    for (const file of files) {
      const names: Readonly<Record<string, unknown>> = await import(inRoot(`packages/attacks/src/${file}`));
      for (const [name, value] of Object.entries(names))
        if (!notAttacks.includes(name) && makesAttack(value)) expect(listed, `${name} of ${file}`).toContain(name);
    }
  });
});

/** Whether it is a factory of an attack: helpers throw or return something else when they are called with nothing. */
function makesAttack(value: unknown): boolean {
  try {
    const made = typeof value === 'function' ? (value as () => unknown)() : undefined;
    // An asynchronous helper rejects in its own time.
    if (made instanceof Promise) made.catch(() => undefined);
    return typeof cardName(made) === 'string';
  } catch {
    return false;
  }
}
