import { describe, expect, it } from 'vitest';
import { thinned } from './charts/training-chart';
import { duration, figure, integer, listed, percent, points, words } from './format';

describe('numbers on the page', () => {
  it('are as long as they are good for, with a true minus sign', () => {
    expect([percent(0.6134), percent(null), points(0.023), points(-0.0234), points(-0.0001)]).toEqual(['61.3', '–', '+2.3', '−2.3', '0.0']);
    expect([figure(0), figure(1234.5), figure(0.000012), figure(-3e7), figure(0.0214)]).toEqual([
      '0',
      '1230',
      '1.2 × 10⁻⁵',
      '−3.0 × 10⁷',
      '0.0214',
    ]);
    expect([integer(1234567), integer(999), duration(47.21), duration(192), duration(3840)]).toEqual([
      '1\u202f234\u202f567',
      '999',
      '47.2 s',
      '3 min 12 s',
      '1 h 4 min',
    ]);
    expect([words('worstPathEnergy'), listed(['a']), listed(['a', 'b', 'c'])]).toEqual(['worst path energy', 'a', 'a, b and c']);
  });
});

describe('a training curve', () => {
  it('keeps its first and last point, at most 241 of them, and a straight line is its own running mean', () => {
    const line = Array.from({ length: 5003 }, (_, i) => ({ step: i, value: 2 * i }));
    const kept = thinned(line);
    expect(kept.length).toBeLessThanOrEqual(241);
    expect([kept[0]?.step, kept.at(-1)?.step]).toEqual([0, 5002]);
    for (const { value, mean } of kept) expect(mean).toBeCloseTo(value, 8);
  });
});
