/** Attacks by name on the command line: `pgd:steps=40,step=0.01,randomStart=false`. The exports of the package are the registry. */
import * as attacks from '@groundstate/attacks';
import { type Attack, type AttackCard, checkNumber, expected, GroundstateError, restarts } from '@groundstate/core';
import { parseNumber } from '../numbers';
import { checkOptions, entryNamed, parseSpec } from './spec';

type Factory = (options?: Readonly<Record<string, number | boolean>>) => Attack;

export interface AttackEntry {
  readonly card: AttackCard;
  /** The name of its factory in `@groundstate/attacks`. */
  readonly factory: string;
  /** What can be said on a command line. */
  readonly options: readonly { readonly name: string /** Where it is known here. */; readonly usual?: string }[];
}

/** Losses and the like are set in code. */
const inCodeOnly = ['loss'];

/** What an option is where nobody says otherwise; an attack that is missing here works all the same. */
const usual: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pgd: { steps: '40', relativeStep: '2.5 / steps', randomStart: 'true' },
  'apgd-ce': { steps: '100', rho: '0.75' },
  square: { queries: '5000', initialShare: '0.8', rescaleSchedule: 'false' },
  'uniform-noise': { draws: '10' },
  'gaussian-noise': { draws: '10' },
};

const registry: ReadonlyMap<string, AttackEntry & { readonly make: Factory }> = new Map(
  Object.entries(attacks as unknown as Readonly<Record<string, Factory>>).map(([factory, make]) => {
    const { card } = make();
    const names = optionsOf(make).filter((name) => !inCodeOnly.includes(name));
    const options = names.map((name) => {
      const value = usual[card.name]?.[name];
      return value === undefined ? { name } : { name, usual: value };
    });
    return [card.name, { card, factory, options, make }];
  }),
);

export const attackEntries: readonly AttackEntry[] = [...registry.values()];

/** The names that `--attack` knows. */
export const attackNames: readonly string[] = [...registry.keys()];

/** `name` or `name:option=value,...`; `restarts=n` works with every attack. What a value may be is the attack's own affair. */
export function parseAttack(text: string): Attack {
  const { name, given } = parseSpec('--attack', text, 'pgd:steps=40,step=0.01');
  const { make, options } = entryNamed('--attack', name, registry);
  checkOptions(name, given.keys(), [...options.map((option) => option.name), 'restarts']);
  const values = [...given].filter(([key]) => key !== 'restarts').map(([key, value]) => [key, readValue(name, key, value)] as const);
  const attack = make(Object.fromEntries(values));
  const count = given.get('restarts');
  if (count === undefined) return attack;
  const runs = checkNumber(name, 'restarts', parseNumber(name, 'restarts', count), { integer: true, min: 1 });
  return runs === 1 ? attack : restarts(attack, runs);
}

function readValue(owner: string, key: string, text: string): number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/[0-9]/.test(text)) return parseNumber(owner, key, text);
  throw expected(owner, key, 'a number, true or false', text);
}

/** An attack names its options when it is given one that it does not have: nobody has to write them down twice. */
function optionsOf(make: Factory): readonly string[] {
  try {
    make({ '': 0 });
  } catch (cause) {
    if (GroundstateError.is(cause)) return [...cause.message.matchAll(/'([^']+)'/g)].map(([, name]) => name!);
    throw cause;
  }
  throw new Error('an attack took an option that it does not have');
}
