import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differenceOf, pairedDifference } from './paired-difference';

describe('pairedDifference', () => {
  // Table III of Newcombe 1998, method 10: both, only left, only right, neither, and the limits; the fourth place is off by one once.
  it.each([
    [36, 12, 2, 0, 0.0569, 0.3404],
    [20, 12, 2, 16, 0.0562, 0.3292],
    [18, 12, 2, 18, 0.0562, 0.329],
    [36, 14, 0, 0, 0.1528, 0.4167],
    [35, 14, 0, 1, 0.1461, 0.4175],
    [18, 14, 0, 18, 0.1441, 0.3963],
    [2, 97, 1, 0, 0.8721, 0.9854],
    [1, 97, 1, 1, 0.8736, 0.985],
    [0, 29, 1, 0, 0.6666, 0.9882],
    [0, 30, 0, 0, 0.8395, 1],
    [54, 0, 0, 0, -0.0664, 0.0664],
    [30, 0, 0, 24, -0.0358, 0.0358],
  ])('has the published interval of %i, %i, %i, %i', (both, onlyLeft, onlyRight, neither, low, high) => {
    const value = differenceOf({ both, onlyLeft, onlyRight, neither });
    expect(value.difference).toBeCloseTo((onlyLeft - onlyRight) / (both + onlyLeft + onlyRight + neither), 12);
    expect(Math.abs(value.low! - low)).toBeLessThan(1e-4);
    expect(Math.abs(value.high! - high)).toBeLessThan(1e-4);
  });

  it('has the published interval and p of a study of twenty-one children', () => {
    // Fagerland, Lydersen and Laake, "Recommended tests and confidence intervals for paired binomial proportions", 2014.
    const { low, high, p } = differenceOf({ both: 1, onlyLeft: 1, onlyRight: 7, neither: 12 });
    expect([low!.toFixed(3), high!.toFixed(3), p!.toFixed(3)]).toEqual(['-0.507', '-0.026', '0.070']);
  });

  // scipy.stats.binomtest(a, a + b).pvalue, scipy 1.17.1.
  it.each([
    [12, 2, 0.012939453125],
    [300, 200, 8.940066542253288e-6],
    [0, 50, 1.7763568394002505e-15],
    [5, 5, 1],
    [0, 0, 1],
    [10100, 9900, 0.15938343598473417],
  ])('McNemar of %i and %i is that of the binomial distribution', (onlyLeft, onlyRight, wanted) => {
    expect(differenceOf({ both: 3, onlyLeft, onlyRight, neither: 3 }).p! / wanted).toBeCloseTo(1, 8);
  });

  it('counts pairs, in whichever form they come', () => {
    const wanted = differenceOf({ both: 1, onlyLeft: 2, onlyRight: 1, neither: 1 });
    expect(pairedDifference({ left: '11100', right: '10010' })).toEqual(wanted);
    expect(pairedDifference({ left: [1, 1, 1, 0, 0], right: [true, false, false, true, false] })).toEqual(wanted);
  });

  const counts = fc.record({ both: fc.nat(60), onlyLeft: fc.nat(60), onlyRight: fc.nat(60), neither: fc.nat(60) });

  it('turns its sign when the models change places, and holds the difference', () => {
    fc.assert(
      fc.property(counts, ({ both, onlyLeft, onlyRight, neither }) => {
        fc.pre(both + onlyLeft + onlyRight + neither > 0);
        const one = differenceOf({ both, onlyLeft, onlyRight, neither });
        const other = differenceOf({ both, onlyLeft: onlyRight, onlyRight: onlyLeft, neither });
        expect(other.low).toBeCloseTo(-one.high!, 12);
        expect(other.high).toBeCloseTo(-one.low!, 12);
        expect(other.p).toBeCloseTo(one.p!, 12);
        expect(-1 <= one.low! && one.low! <= one.difference! && one.difference! <= one.high! && one.high! <= 1).toBe(true);
      }),
    );
  });

  it('of no examples nothing is known', () => {
    expect(pairedDifference({ left: '', right: [] })).toEqual({
      difference: null,
      low: null,
      high: null,
      onlyLeft: 0,
      onlyRight: 0,
      n: 0,
      p: null,
    });
  });

  it('says what is wrong with its outcomes', () => {
    expect(() => pairedDifference({ left: '10', right: '1' })).toThrow(
      'pairedDifference: expected `right` to be as long as `left`, 2 outcomes, got "1 outcomes". Pair the same examples.',
    );
    expect(() => pairedDifference({ left: '1x', right: '10' })).toThrow(
      'pairedDifference: expected `left` to be outcomes: booleans, or 0 and 1, got "x".',
    );
    expect(() => pairedDifference({ left: '1', right: '1', seeds: 2 } as never)).toThrow('got "seeds".');
  });
});
