import { describe, expect, it } from 'vitest';
import type { Comparison } from '../comparison/comparison';
import { renderReport } from './render-report';

const mean = (value: number) => ({ mean: value, low: value - 0.03, high: value + 0.03, n: 2, seeds: [value - 0.01, value + 0.01] });
const summary = (entrant: string, worst: number) => ({
  entrant,
  gradientEvaluations: 8,
  accuracy: { worst: mean(worst), pgd: mean(worst), clean: mean(0.99) },
});

const comparison: Comparison = {
  schema: 'groundstate/comparison@1',
  dataset: { name: 'mnist', source: 'files', train: 100, test: 50 },
  backend: 'wasm',
  threat: { norm: 'linf', epsilon: 0.3 },
  attacks: ['pgd'],
  tuning: { seed: 0, validation: 10, trials: 2 },
  entrants: [
    { name: 'a', contender: 'a', settings: { learningRate: 0.001 } },
    { name: 'b', contender: 'b', settings: { learningRate: 0.002 } },
  ],
  summaries: [summary('a', 0.4), summary('b', 0.62)],
  differences: [
    {
      left: 'b',
      right: 'a',
      seeds: {},
      overSeeds: { mean: 0.22, low: -0.1, high: 0.5, n: 2 },
      overImages: { mean: 0.22, low: 0.15, high: 0.29, n: 50 },
      verdict: 'not shown',
    },
  ],
  rows: [],
  diverged: [{ entrant: 'c', seed: 1, reason: 'the loss was not finite' }],
};
const input = { kind: 'comparison', folder: 'ranking', config: null, timings: null, remarks: [], comparison } as const;

describe('the page of a ranking', () => {
  it('ranks by the worst case, gives both intervals and the verdict, and names what diverged', async () => {
    const page = await renderReport(input);
    expect(page).toContain('At best 62.0\u00a0% in the worst case');
    expect(page.indexOf('<th scope="row">b<')).toBeLessThan(page.indexOf('<th scope="row">a<'));
    expect(page).toMatch(/\+22\.0<\/td><td class="number">\+15\.0 to \+29\.0<\/td><td class="number">−10\.0 to \+50\.0<\/td>.*?not shown/);
    expect(page).toContain('c with seed 1');
    expect(page).toContain('no pixel may change by more than that');
  });

  it('gives no verdict where there is one seed', async () => {
    const [difference] = comparison.differences;
    const paired = { difference: 0.22, low: 0.15, high: 0.29, onlyLeft: 11, onlyRight: 0, n: 50, p: 0.001 };
    const once = { ...difference!, seeds: { 'seed 1': paired }, overSeeds: { mean: 0.22, low: null, high: null, n: 1 } };
    const page = await renderReport({ ...input, comparison: { ...comparison, differences: [once] } });
    expect(page).toMatch(/\+15\.0 to \+29\.0<\/td><td>no verdict: one seed<\/td>/);
    expect(page).not.toContain('<td>not shown</td>');
  });

  it('cuts an interval of a share at nothing and at all', async () => {
    const page = await renderReport({ ...input, comparison: { ...comparison, summaries: [summary('a', 0.01)] } });
    expect(page).toContain('0.0 to 4.0');
    expect(page).toContain('96.0 to 100.0');
  });
});
