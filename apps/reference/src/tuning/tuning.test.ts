import { describe, expect, it } from 'vitest';
import { bestTrials, isTuning, type TrialRow } from './tuning';

const share = (accuracy: number) => ({ accuracy, low: 0, high: 1, n: 10 });
const row = (trial: number, worst: number | null, clean: number | null, contender = 'pgd-at'): TrialRow => ({
  contender,
  trial,
  settings: { learningRate: 1e-3 },
  gradientEvaluations: 1,
  worst: worst === null ? null : share(worst),
  clean: clean === null ? null : share(clean),
  diverged: worst === null ? 'it did' : null,
});

describe('the best trial', () => {
  it('has the highest worst case, then the highest clean accuracy, then stands first; one that diverged is never it', () => {
    const chosen = (...rows: TrialRow[]) => bestTrials(rows)['pgd-at']?.trial;
    expect(chosen(row(0, 0.5, 0.9), row(1, 0.6, 0.7), row(2, 0.4, 1))).toBe(1);
    expect(chosen(row(0, 0.5, 0.8), row(1, 0.5, 0.9), row(2, 0.5, 0.7))).toBe(1);
    expect(chosen(row(0, 0.5, 0.8), row(1, 0.5, 0.8))).toBe(0);
    expect(chosen(row(0, null, null), row(1, 0, 0.1))).toBe(1);
    expect(chosen(row(0, null, null))).toBeUndefined();
  });

  it('is each contender’s own', () => {
    const best = bestTrials([row(0, 0.9, 0.9), row(0, 0.1, 0.1, 'standard')]);
    expect(Object.keys(best)).toEqual(['pgd-at', 'standard']);
  });
});

it('the results of a tuning are known by what a ranking needs of them', () => {
  const whole = { schema: 'groundstate/tuning@1' as const, dataset: { name: 'mnist', source: '' }, best: bestTrials([row(0, 0.9, 0.9)]) };
  expect(isTuning(whole)).toBe(true);
  expect(isTuning({ ...whole, schema: 'groundstate/results@1' as never })).toBe(false);
  expect(isTuning({ schema: whole.schema, best: whole.best })).toBe(false);
  for (const best of [undefined, null, [], { a: null }, { 'pgd-at': { contender: 'pgd-at' } }, bestTrials([row(0, 1, 1, 'nobody')])]) {
    expect(isTuning({ ...whole, best: best as never })).toBe(false);
  }
});
