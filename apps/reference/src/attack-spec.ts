/** Attacks by name on the command line: `pgd:steps=40,step=0.01,randomStart=false`. The exports of the package are the registry. */
import * as attacks from '@groundstate/attacks';
import { type Attack, expected, restarts } from '@groundstate/core';
import { parseNumber } from './numbers';

type Factory = (options?: Readonly<Record<string, number | boolean>>) => Attack;

const registry: ReadonlyMap<string, Factory> = new Map(
  (Object.values(attacks) as unknown as Factory[]).map((factory) => [factory().card.name, factory]),
);

/** The names that `--attack` knows. */
export const attackNames: readonly string[] = [...registry.keys()];

/** `name` or `name:option=value,...`; `restarts=n` works with every attack. Option errors are the attack's own. */
export function parseAttack(text: string): Attack {
  const [name = '', ...rest] = text.split(':');
  const factory = registry.get(name);
  if (!factory) throw expected('--attack', 'name', `one of ${attackNames.join(', ')}`, name);
  const options: Record<string, number | boolean> = {};
  let count = 1;
  for (const part of rest.join(':').split(',').filter(Boolean)) {
    const [key, value, ...more] = part.split('=');
    if (!key || value === undefined || more.length > 0)
      throw expected('--attack', text, 'a name and options, as in pgd:steps=40,step=0.01', part);
    if (key === 'restarts') count = parseNumber(name, key, value);
    else options[key] = value === 'true' || value === 'false' ? value === 'true' : parseValue(name, key, value);
  }
  const attack = factory(options);
  return count === 1 ? attack : restarts(attack, count);
}

/** Numbers and truth values are what a command line can say; losses and the like are set in code. */
function parseValue(owner: string, key: string, text: string): number {
  if (/[0-9]/.test(text)) return parseNumber(owner, key, text);
  throw expected(owner, key, 'a number, true or false (anything else can only be set in code)', text);
}
