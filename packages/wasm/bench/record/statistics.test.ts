import { describe, expect, it } from 'vitest';
import { quantile, timesOf } from './statistics';

describe('timesOf', () => {
  it('takes minimum, median and the tenths of eleven times in any order', () => {
    const times = [7, 3, 11, 1, 9, 5, 2, 10, 4, 8, 6];
    expect(timesOf(times)).toEqual({ minimum: 1, median: 6, low: 2, high: 10, calls: 11 });
  });

  it('sorts by size, not by spelling', () => {
    expect(timesOf([10, 9, 100]).median).toBe(10);
  });

  it('of one time is that time, to five digits', () => {
    expect(timesOf([1.23456789])).toEqual({ minimum: 1.2346, median: 1.2346, low: 1.2346, high: 1.2346, calls: 1 });
  });
});

describe('quantile', () => {
  it('lies between its neighbours in proportion', () => {
    expect(quantile([0, 10], 0.25)).toBe(2.5);
    expect(quantile([0, 10, 40], 0.75)).toBe(25);
  });
});
