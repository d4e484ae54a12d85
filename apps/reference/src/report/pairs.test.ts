import type { Outcomes } from '@groundstate/metrics';
import { describe, expect, it } from 'vitest';
import { pairsOf, verdictOf } from './pairs';

const outcomes = (worst: string): Outcomes => ({ ids: [...worst].map((_, i) => i), standing: { worst } });
const ones = (count: number, of: number): string => '1'.repeat(count) + '0'.repeat(of - count);

describe('pairs of defences', () => {
  it('set the stronger on the left, and call its training ahead only where the whole interval is above zero', () => {
    // 40 of 100 images stand for the one alone: no interval reaches down to zero. 1 of 100: p = 1, nothing is shown.
    const all = { weak: outcomes(ones(20, 100)), strong: outcomes(ones(60, 100)), close: outcomes(ones(59, 100)) };
    const told = pairsOf(['weak', 'strong', 'close'], all).map(({ left, right, difference }) => [
      left,
      right,
      difference && verdictOf(difference),
    ]);
    expect(told).toEqual([
      ['strong', 'close', 'not shown'],
      ['strong', 'weak', 'ahead with these trainings'],
      ['close', 'weak', 'ahead with these trainings'],
    ]);
    expect(verdictOf({ difference: -0.2, low: -0.3, high: -0.1, onlyLeft: 0, onlyRight: 20, n: 100, p: 0 })).toBe(
      'behind with these trainings',
    );
  });

  it('say why two are not compared: outcomes that are not there, or of other images', () => {
    const [other] = pairsOf(['a', 'b'], { a: outcomes('11'), b: { ids: [5, 6], standing: { worst: '10' } } });
    expect(other).toMatchObject({ left: 'a', right: 'b', reason: expect.stringContaining('same examples') });
    expect(pairsOf(['a', 'b'], { a: outcomes('11') })).toEqual([{ left: 'a', right: 'b', reason: 'the folder has no outcomes of b' }]);
  });
});
