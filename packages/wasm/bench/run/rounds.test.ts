import { describe, expect, it } from 'vitest';
import type { Case } from '../cases/work';
import type { Child } from '../contenders/child';
import type { Prepared } from '../contenders/protocol';
import { measureGroup } from './rounds';

const figures = { size: 1, norm: 1, projection: 1 };
const one: Case = { name: 'one', group: 'group', work: { kind: 'peak', build: 'plain', turns: 1 } };
const two: Case = { ...one, name: 'two' };

/** Children whose calls take as long as they say, and the visits in the order in which they came. */
function contest(prepared: Readonly<Record<string, Prepared>>) {
  const visits: string[] = [];
  const calls: Record<string, { calls: number; lead: boolean }> = {};
  const children = Object.entries(prepared).map(([id, answer]): [string, Child] => {
    const child: Child = {
      title: id,
      kinds: ['peak'],
      prepare: async () => answer,
      visit: async ({ name, calls: count, lead }) => {
        visits.push(`${id}:${name}`);
        calls[id] = { calls: count, lead };
        return { milliseconds: [3, 2] };
      },
      release: async () => undefined,
      idle: () => ({ elapsed: 0, processor: 0 }),
      end: () => undefined,
    };
    return [id, child];
  });
  return { visits, calls, children: new Map(children) };
}

const pace = { rounds: 3, warm: 50, visit: 100, budget: 1000 };
const silent = (): void => undefined;

describe('measureGroup', () => {
  it('visits every case and contender once a round, in an order that rotates', async () => {
    const { visits, children } = contest({ a: { figures, guess: 10 }, b: { figures, guess: 10 } });
    const samples = await measureGroup([one, two], children, { ...pace, rounds: 2 }, silent);
    expect(visits).toEqual(['a:one', 'b:one', 'a:two', 'b:two', 'b:one', 'a:one', 'b:two', 'a:two']);
    expect(samples.one!.a).toEqual({ times: [3, 2, 3, 2], shortest: [2, 2] });
  });

  it('repeats short calls until a visit is full, three times at least, after one that does not count', async () => {
    const guesses = { short: { figures, guess: 10 }, longer: { figures, guess: 250 }, long: { figures, guess: 700 } };
    const { calls, children } = contest(guesses);
    await measureGroup([one], children, pace, silent);
    expect(calls).toEqual({ short: { calls: 10, lead: true }, longer: { calls: 3, lead: true }, long: { calls: 1, lead: false } });
  });

  it('visits slow ones as often as their budget lasts, but once at least', async () => {
    const { visits, children } = contest({ slow: { figures, guess: 400 }, slower: { figures, guess: 1500 } });
    await measureGroup([one], children, pace, silent);
    expect(visits.filter((visit) => visit === 'slow:one')).toHaveLength(2);
    expect(visits.filter((visit) => visit === 'slower:one')).toHaveLength(1);
  });

  it('does not repeat a call that was so long that it is measured already, nor visit who is unable', async () => {
    const { visits, children } = contest({ endless: { figures, guess: 9000, once: true, note: 'x' }, none: { unable: 'no kernel' } });
    const samples = await measureGroup([one], children, pace, silent);
    expect(visits).toEqual([]);
    expect(samples.one).toEqual({ endless: { times: [9000], shortest: [9000], note: 'x' }, none: { unable: 'no kernel' } });
  });

  it('leaves out who has no such work', async () => {
    const { children } = contest({ a: { figures, guess: 10 } });
    const samples = await measureGroup([{ ...one, work: { ...two.work, kind: 'attack' } as never }], children, pace, silent);
    expect(samples.one).toEqual({});
  });

  it('refuses to time programs that compute different things', async () => {
    const { visits, children } = contest({ a: { figures, guess: 1 }, b: { figures: { ...figures, projection: 2 }, guess: 1 } });
    await expect(measureGroup([one], children, pace, silent)).rejects.toThrow(/compute the same numbers.*\none: b is 1\.0e\+0 from a\./s);
    expect(visits).toEqual([]);
  });
});
