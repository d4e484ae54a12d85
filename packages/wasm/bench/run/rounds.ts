/**
 * Interleaved rounds: in each, every contender computes every case of a group once, in an order that rotates, so that whatever
 * else the machine does meets all of them alike.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figures } from '../cases/numbers';
import type { Case } from '../cases/work';
import type { Child } from '../contenders/child';
import type { Sample } from '../record/record';
import { disagreements } from './agreement';

export interface Pace {
  readonly rounds: number;
  /** How long a case is warmed up. Milliseconds. */
  readonly warm: number;
  /** How long a visit lasts: calls are repeated to fill it. Milliseconds. */
  readonly visit: number;
  /** How long all visits of one contender to one case may last together, at most; one is always made. Milliseconds. */
  readonly budget: number;
}

/** By the name of the case, then by the id of the contender. */
export type Samples = Readonly<Record<string, Readonly<Record<string, Sample>>>>;

/** One contender at one case. */
type Seat = {
  readonly one: Case;
  readonly id: string;
  readonly child: Child;
  /** Milliseconds of a call, for the number of calls in a visit. */
  readonly guess: number;
  readonly visits: number;
  readonly sample: Sample & { readonly times: number[]; readonly shortest: number[] };
};

/** Long enough for the threads of whoever was measured before to fall asleep. Milliseconds. */
const SETTLE = 5;

/** A call so long is its own lead, and one is enough for a visit. Milliseconds. */
const LONG = 500;
const FEWEST_CALLS = 3;

/** Throws where contenders do not compute the same. */
export async function measureGroup(
  cases: readonly Case[],
  children: ReadonlyMap<string, Child>,
  pace: Pace,
  progress: (what: string) => void,
): Promise<Samples> {
  const { samples, seats } = await prepareAll(cases, children, pace, progress);
  for (let round = 0; round < pace.rounds; round++) {
    for (const one of cases) {
      const present = seats.filter((seat) => seat.one === one && round < seat.visits);
      for (let turn = 0; turn < present.length; turn++) {
        const seat = present[(turn + round) % present.length]!;
        progress(`round ${round + 1} of ${pace.rounds}, ${one.name}: ${seat.id}`);
        await visit(seat, pace);
      }
    }
  }
  for (const child of children.values()) await child.release();
  return samples;
}

async function prepareAll(
  cases: readonly Case[],
  children: ReadonlyMap<string, Child>,
  pace: Pace,
  progress: (what: string) => void,
): Promise<{ readonly samples: Samples; readonly seats: readonly Seat[] }> {
  const samples: Record<string, Record<string, Sample>> = {};
  const seats: Seat[] = [];
  const wrong: string[] = [];
  for (const one of cases) {
    const [found, figures]: [Record<string, Sample>, Record<string, Figures>] = [{}, {}];
    for (const [id, child] of children) {
      if (!child.kinds.includes(one.work.kind)) continue;
      progress(`preparing ${one.name}: ${id}`);
      const prepared = await child.prepare({ name: one.name, work: one.work, warm: pace.warm });
      if ('unable' in prepared) {
        found[id] = prepared;
        continue;
      }
      const { guess, once = false, note } = prepared;
      const times = once ? [guess] : [];
      const sample = { times, shortest: [...times], ...(note === undefined ? {} : { note }) };
      const visits = once ? 0 : Math.max(1, Math.min(pace.rounds, Math.floor(pace.budget / guess)));
      seats.push({ one, id, child, guess, visits, sample });
      found[id] = sample;
      figures[id] = prepared.figures;
    }
    samples[one.name] = found;
    wrong.push(...disagreements(one.name, figures));
  }
  if (wrong.length === 0) return { samples, seats };
  throw new Error(
    `bench: expected \`contenders\` to be programs that compute the same numbers, got others. Times say nothing then.\n${wrong.join('\n')}`,
  );
}

async function visit({ one, child, guess, sample }: Seat, pace: Pace): Promise<void> {
  await sleep(SETTLE);
  // The first call after a pause meets cold caches and sleeping threads: it leads, untimed, and some calls follow it.
  const quick = guess < LONG;
  const calls = Math.max(quick ? FEWEST_CALLS : 1, Math.round(pace.visit / guess));
  const { milliseconds } = await child.visit({ name: one.name, calls, lead: quick });
  sample.times.push(...milliseconds);
  sample.shortest.push(Math.min(...milliseconds));
}
