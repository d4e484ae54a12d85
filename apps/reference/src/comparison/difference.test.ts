import { describe, expect, it } from 'vitest';
import { differenceOf } from './difference';
import { summaryOf } from './summary';

/** Outcomes of `n` images, of which the first `right` stand. */
const first = (right: number, n = 100) => ({
  ids: Array.from({ length: n }, (_, i) => i),
  standing: { worst: '1'.repeat(right) + '0'.repeat(n - right) },
});

describe('differenceOf', () => {
  it('is the mean of the seeds, with an interval by their spread and one by the images', () => {
    const left = { 'seed 1': first(60), 'seed 2': first(62), 'seed 3': first(61) };
    const right = { 'seed 1': first(50), 'seed 2': first(50), 'seed 3': first(50) };
    const { overSeeds, overImages, verdict, seeds } = differenceOf(['a', left], ['b', right]);
    expect(overSeeds.mean).toBeCloseTo(0.11, 12);
    // Of 0.10, 0.12, 0.11: the standard deviation is 0.01, Student's quantile with two degrees of freedom 4.302653.
    expect(overSeeds.low).toBeCloseTo(0.11 - (4.302653 * 0.01) / Math.sqrt(3), 6);
    // Ten images differ by 1, one by 2/3, one by 1/3, 88 by 0.
    const squares = 10 * 0.89 ** 2 + (2 / 3 - 0.11) ** 2 + (1 / 3 - 0.11) ** 2 + 88 * 0.11 ** 2;
    expect(overImages.mean).toBeCloseTo(0.11, 12);
    expect(overImages.high - overImages.mean).toBeCloseTo(1.959964 * Math.sqrt(squares / 99 / 100), 6);
    expect(seeds['seed 2']).toMatchObject({ onlyLeft: 12, onlyRight: 0 });
    expect(verdict).toBe('ahead');
    expect(differenceOf(['b', right], ['a', left]).verdict).toBe('behind');
  });

  it('claims nothing from one seed, nor where the seeds disagree', () => {
    expect(differenceOf(['a', { one: first(90) }], ['b', { one: first(10) }]).verdict).toBe('not shown');
    const left = { one: first(60), two: first(52), three: first(49) };
    const right = { one: first(50), two: first(50), three: first(50) };
    const { verdict, overImages } = differenceOf(['a', left], ['b', right]);
    expect(overImages.low).toBeGreaterThan(0);
    expect(verdict).toBe('not shown');
  });

  it('refuses to pair different images', () => {
    const other = { ...first(5), ids: first(5).ids.map((id) => id + 1) };
    expect(() => differenceOf(['a', { one: first(5) }], ['b', { one: other }])).toThrow('Evaluate both models on the same examples.');
  });
});

describe('summaryOf', () => {
  it('has the weakest attack first, and the cost of one visit', () => {
    const share = (accuracy: number) => ({ accuracy, low: 0, high: 1, n: 10 });
    const robust = (worst: number) => [
      { attack: 'square', norm: 'l2', epsilon: 2, distance: { mean: null, median: null }, ...share(0.6) },
      { attack: 'worst', norm: 'l2', epsilon: 2, distance: { mean: null, median: null }, ...share(worst) },
    ];
    const about = { name: 'a', objective: null, adversary: null, energy: { D1: 0, D2: 0, D4: 0, D8: 0 } };
    const rows = [0.5, 0.4].map((worst) => ({ ...about, gradientEvaluations: 800, clean: share(0.9), robust: robust(worst) }));
    const { accuracy, gradientEvaluations } = summaryOf('a', rows, 100);
    expect(gradientEvaluations).toBe(8);
    expect(Object.keys(accuracy)).toEqual(['worst', 'square', 'clean']);
    expect(accuracy.worst).toMatchObject({ mean: 0.45, seeds: [0.5, 0.4], n: 2 });
  });
});
