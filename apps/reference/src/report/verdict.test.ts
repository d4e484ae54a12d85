import { describe, expect, it } from 'vitest';
import { verdictOf } from './verdict';

const paired = (low: number, high: number) => ({ difference: (low + high) / 2, low, high, onlyLeft: 0, onlyRight: 0, n: 100, p: 0 });

describe('the verdict of one training each', () => {
  it('is ahead or behind only where the whole interval is on one side of zero', () => {
    expect(verdictOf(paired(0.01, 0.2))).toBe('ahead with these trainings');
    expect(verdictOf(paired(-0.2, -0.01))).toBe('behind with these trainings');
    expect(verdictOf(paired(-0.01, 0.2))).toBe('not shown');
    expect(verdictOf(paired(0, 0.2))).toBe('not shown');
    expect(verdictOf({ ...paired(0, 0), low: null, high: null })).toBe('not shown');
  });
});
