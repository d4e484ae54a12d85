/** The command line. */
import { parseArgs } from 'node:util';
import { ENTRANTS } from '../contenders';
import type { Pace } from './rounds';

export const USAGE = `npm run bench -- [options]
  --quick               three short rounds, without the largest products
  --only <regex>        only cases whose name it matches
  --contenders <a,b>    only these: ${ENTRANTS.map(({ id }) => id).join(', ')}
  --rounds <n>          rounds (8; with --quick 3)
  --json <file>         where the record goes (a whole run: packages/wasm/bench/results)
  --show <file>         measures nothing: prints the table of a record
GROUNDSTATE_PYTHON names a python with torch, GROUNDSTATE_TFJS_NODE the folder of tfjs-node where it is not installed here.`;

export interface BenchOptions {
  readonly quick: boolean;
  readonly only: RegExp | undefined;
  /** By id; undefined means all. */
  readonly contenders: readonly string[] | undefined;
  readonly json: string | undefined;
  readonly show: string | undefined;
  readonly help: boolean;
  readonly pace: Pace;
}

/** Throws with a sentence where an option is unknown or malformed. */
export function optionsOf(parameters: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      contenders: { type: 'string' },
      rounds: { type: 'string' },
      json: { type: 'string' },
      show: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { quick, json, show, help } = values;
  const rounds = Number(values.rounds ?? (quick ? 3 : 8));
  if (!Number.isInteger(rounds) || rounds < 1) throw expected('rounds', 'an integer of at least 1', values.rounds);
  const contenders = values.contenders?.split(',');
  const unknown = contenders?.find((id) => !ENTRANTS.some((entrant) => entrant.id === id));
  if (unknown !== undefined) throw expected('contenders', `some of ${ENTRANTS.map(({ id }) => id).join(', ')}`, unknown);
  return {
    quick,
    only: values.only === undefined ? undefined : pattern(values.only),
    contenders,
    json,
    show,
    help,
    pace: quick ? { rounds, warm: 80, visit: 30, budget: 500 } : { rounds, warm: 200, visit: 80, budget: 2500 },
  };
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw expected('only', 'a regular expression', text);
  }
}

function expected(name: string, rule: string, got: string | undefined): Error {
  return new Error(`bench: expected \`--${name}\` to be ${rule}, got ${got}.`);
}
