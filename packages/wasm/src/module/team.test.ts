import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countShares, createSoloist, shareStart } from './team';

const work = fc.record({
  items: fc.integer({ min: 1, max: 10_000 }),
  grain: fc.integer({ min: 1, max: 500 }),
  threads: fc.integer({ min: 1, max: 64 }),
});

describe('the shares of a call', () => {
  it('cover every item once, begin at multiples of the grain, and hold at least a grain each', () => {
    fc.assert(
      fc.property(work, ({ items, grain, threads }) => {
        const shares = countShares(items, grain, threads);
        expect(shares).toBeLessThanOrEqual(threads);
        expect(shareStart(items, grain, shares, 0)).toBe(0);
        expect(shareStart(items, grain, shares, shares)).toBe(items);
        for (let share = 0; share < shares; share++) {
          const from = shareStart(items, grain, shares, share);
          const length = shareStart(items, grain, shares, share + 1) - from;
          expect(from % grain).toBe(0);
          if (shares > 1) expect(length).toBeGreaterThanOrEqual(grain);
        }
      }),
    );
  });

  it('differ by two grains at most, the last of which may be cut short', () => {
    fc.assert(
      fc.property(work, ({ items, grain, threads }) => {
        const shares = countShares(items, grain, threads);
        const lengths = Array.from(
          { length: shares },
          (_, share) => shareStart(items, grain, shares, share + 1) - shareStart(items, grain, shares, share),
        );
        expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThan(2 * grain);
      }),
    );
  });

  it('are one when there is not enough for two', () => {
    expect(countShares(15, 8, 4)).toBe(1);
    expect(countShares(16, 8, 4)).toBe(2);
    expect(countShares(0, 8, 4)).toBe(1);
  });
});

describe('a soloist', () => {
  it('calls the function once, for all items, and not at all for none', () => {
    const calls: number[][] = [];
    const team = createSoloist({ measurePeak: (...given: number[]) => calls.push(given) } as never, {} as never);
    team.run('measurePeak', 5, 1, (from, to, thread) => [from, to, thread]);
    team.run('measurePeak', 0, 1, (from, to, thread) => [from, to, thread]);
    expect(calls).toEqual([[0, 5, 0]]);
  });
});
