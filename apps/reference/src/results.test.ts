import { describe, expect, it } from 'vitest';
import { resultsTable } from './console/table';
import { defenceRow, type Results, resultsSchema } from './results';

const share = (accuracy: number): { accuracy: number; low: number; high: number; n: number } => ({
  accuracy,
  low: accuracy - 0.1,
  high: accuracy + 0.1,
  n: 50,
});
const threat = { norm: 'l2', epsilon: 2 };
const report = {
  examples: 50,
  passes: {},
  values: {
    accuracy: share(0.9),
    robustAccuracy: { 'pgd:steps=5': share(0.5), square: share(0.7), worst: share(0.5) },
    perturbationSize: { 'pgd:steps=5': { mean: 1.9, median: 2, n: 20 }, square: { mean: null, median: null, n: 0 } },
    energy: { D1: 0.1, D2: 0.2, D4: 0.25, D8: 0.26 },
  },
};
const about = { name: 'pgd-at', objective: 'adversarial-loss', adversary: 'pgd, 7 steps, l2 2', gradientEvaluations: 800 };

describe('defenceRow', () => {
  it('puts the weakest number first, and the worst case before an attack that equals it', () => {
    const row = defenceRow(about, report, threat);
    expect(row.robust.map(({ attack }) => attack)).toEqual(['worst', 'pgd:steps=5', 'square']);
    expect(row.robust[1]).toEqual({ attack: 'pgd:steps=5', ...threat, ...share(0.5), distance: { mean: 1.9, median: 2 } });
    expect(row.robust[0]?.distance).toEqual({ mean: null, median: null });
    expect(row).toMatchObject({ ...about, clean: share(0.9), energy: { D8: 0.26 } });
  });
});

describe('resultsTable', () => {
  it('shows every share in per cent above its interval, and the cost of one visit', () => {
    const results: Results = {
      schema: resultsSchema,
      dataset: { name: 'synthetic-digits', source: '', train: 100, test: 50 },
      backend: 'cpu',
      seed: 0,
      threat,
      defences: [defenceRow(about, report, threat)],
    };
    const table = resultsTable(results, 100);
    expect(table).toMatch(/pgd-at +│ 8 +│ 50\.0 +│ 50\.0 +│ 70\.0 +│ 90\.0 +│ 0\.100 +│ 0\.200 +│ 0\.260/);
    expect(table).toContain('40.0-60.0');
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});
