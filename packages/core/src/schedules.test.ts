import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosine, linear, pieces, scheduled } from './schedules';

const settings = { seed: 41, numRuns: 100 };
const value = fc.double({ min: -10, max: 10, noNaN: true });
const progress = fc.double({ min: -1, max: 2, noNaN: true });

describe('schedules', () => {
  it('linear goes from start to end in a straight line over its share of the training, and stays', () => {
    const warmUp = linear(0, 1, 0.25);
    expect([0, 0.125, 0.25, 0.5, 1].map(warmUp)).toEqual([0, 0.5, 1, 1, 1]);
    expect([0, 0.25, 1].map(linear(4, 2))).toEqual([4, 3.5, 2]);
  });

  it('cosine goes from start to end in half a cosine, slowly at both ends', () => {
    const decay = cosine(2, 0);
    for (const [at, expected] of [
      [0, 2],
      [1 / 3, 1.5],
      [0.5, 1],
      [2 / 3, 0.5],
      [1, 0],
    ] as const)
      expect(decay(at)).toBeCloseTo(expected, 12);
  });

  it('pieces hold from their own share on', () => {
    expect([0, 0.49, 0.5, 0.74, 0.75, 1].map(pieces([0, 3], [0.5, 2], [0.75, 1]))).toEqual([3, 3, 2, 2, 1, 1]);
  });

  it('a number is the schedule that never changes; a schedule is itself', () => {
    expect([0, 0.5, 1].map(scheduled(7))).toEqual([7, 7, 7]);
    const own = (at: number): number => at * 2;
    expect(scheduled(own)).toBe(own);
  });

  it('none leaves the range of its values, also before 0 and after 1', () => {
    const law = fc.property(value, value, progress, (start, end, at) => {
      for (const schedule of [linear(start, end, 0.3), cosine(start, end), pieces([0, start], [0.5, end])]) {
        expect(schedule(at)).toBeGreaterThanOrEqual(Math.min(start, end) - 1e-9);
        expect(schedule(at)).toBeLessThanOrEqual(Math.max(start, end) + 1e-9);
      }
    });
    fc.assert(law, settings);
  });

  it('says what it refuses', () => {
    expect(() => linear(0, 1, 0)).toThrow('linear: expected `until` to be a finite number above 0 and of at most 1, got 0.');
    const shares = /pieces: expected `steps` to be rising shares of the training that begin with 0/;
    expect(() => pieces([0.5, 1])).toThrow(shares);
    expect(() => pieces([0, 1], [0.5, 2], [0.5, 3])).toThrow(shares);
    expect(() => pieces()).toThrow(shares);
  });
});
