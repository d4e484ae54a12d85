import type { Outcomes } from '@groundstate/metrics';
import { describe, expect, it } from 'vitest';
import { collectResults, type MeasuredModel } from './collect-results';
import { type DefenceRow, type RunSetting, resultsSchema } from './results';

const share = (right: number, n: number): DefenceRow['clean'] => ({ accuracy: right / n, low: 0, high: 1, n });
const row = (name: string, worst: number, clean: number, cost: number | null = 10): DefenceRow => ({
  name,
  objective: null,
  adversary: null,
  gradientEvaluations: cost,
  clean: share(clean, 4),
  robust: [
    {
      attack: 'worst',
      norm: 'l2',
      epsilon: 1,
      ...share(worst, 4),
      distance: { mean: null, median: null },
      passes: { forwards: 4, backwards: 4 },
    },
  ],
  energy: { D1: 0, D2: 0, D4: 0, D8: 0 },
});
const outcomes = (worst: string): Outcomes => ({ ids: [0, 1, 2, 3], standing: { clean: '1111', worst } });
const setting: RunSetting = {
  pipeline: 'mnist',
  task: 'supervised',
  dataset: { name: 'digits', source: '', train: 8, test: 4 },
  labels: null,
  model: { spec: 'convnet', parameters: 3 },
  backend: 'cpu',
  seeds: [5, 6],
  threat: { norm: 'l2', epsilon: 1 },
  visits: 8,
};
const models: readonly MeasuredModel[] = [
  { seed: 5, row: row('at', 1, 4), outcomes: outcomes('1000') },
  { seed: 5, row: row('energy', 2, 4, 30), outcomes: outcomes('1100') },
  { seed: 6, row: row('at', 1, 4, 20), outcomes: outcomes('0001') },
  { seed: 6, row: row('energy', 3, 4, 30), outcomes: outcomes('0111') },
];

describe('collectResults', () => {
  it('keeps every training, and its mean over the seeds with the interval of their spread', () => {
    const { results } = collectResults(setting, models);
    expect(results).toMatchObject({ schema: resultsSchema, ...setting, diverged: [] });
    expect(results.defences.map(({ name, seed }) => `${name} ${seed}`)).toEqual(['at 5', 'energy 5', 'at 6', 'energy 6']);
    const [at, energy] = results.summaries;
    expect(at).toMatchObject({ name: 'at', gradientEvaluations: 15 });
    expect(at!.accuracy.worst).toEqual({ mean: 0.25, low: 0.25, high: 0.25, n: 2, seeds: [0.25, 0.25] });
    // Of 0.5 and 0.75: mean 0.625, standard error 0.125, and Student's 97.5 % quantile with one degree of freedom, 12.7062.
    const { mean, low, high, seeds } = energy!.accuracy.worst!;
    expect([mean, seeds]).toEqual([0.625, [0.5, 0.75]]);
    expect(low).toBeCloseTo(0.625 - 12.7062 * 0.125, 4);
    expect(high).toBeCloseTo(0.625 + 12.7062 * 0.125, 4);
  });

  it('sets the better of two on the left, image by image and seed by seed', () => {
    const { results } = collectResults(setting, models);
    const [difference, ...others] = results.differences;
    expect(others).toEqual([]);
    expect(difference).toMatchObject({ figure: 'worst', left: 'energy', right: 'at', verdict: 'not shown' });
    expect(difference!.seeds['seed 5']).toMatchObject({ difference: 0.25, onlyLeft: 1, onlyRight: 0, n: 4 });
    // 0111 less 0001.
    expect(difference!.seeds['seed 6']).toMatchObject({ difference: 0.5, onlyLeft: 2, onlyRight: 0, n: 4 });
    expect(difference!.overSeeds.mean).toBe(0.375);
  });

  it('invents no interval over the seeds where there is one', () => {
    const { results, outcomes: told } = collectResults({ ...setting, seeds: [5] }, models.slice(0, 2));
    expect(results.summaries[1]!.accuracy.worst).toEqual({ mean: 0.5, low: null, high: null, n: 1, seeds: [0.5] });
    expect(results.differences[0]).toMatchObject({ overSeeds: { mean: 0.25, low: null, high: null, n: 1 }, verdict: 'not shown' });
    expect(told).toEqual({ at: { 'seed 5': outcomes('1000') }, energy: { 'seed 5': outcomes('1100') } });
  });

  it('leaves a defence with a training that diverged out of means and differences, not out of the rows', () => {
    const diverged = [{ name: 'at', seed: 6, reason: 'the loss was not finite' }];
    const { results } = collectResults(setting, [models[0]!, models[1]!, models[3]!], diverged);
    expect(results.defences.map(({ name, seed }) => `${name} ${seed}`)).toEqual(['at 5', 'energy 5', 'energy 6']);
    expect(results.summaries.map(({ name }) => name)).toEqual(['energy']);
    expect(results.differences).toEqual([]);
    expect(results.diverged).toEqual(diverged);
  });

  it('compares what is right on the whole test set too, where that was measured', () => {
    const whole = (clean: string): Outcomes => ({ ids: [0, 1, 2, 3, 4, 5], standing: { clean } });
    const lists = ['110000', '111100', '110011', '111110'];
    const few = models.map((model, i) => ({ ...model, wholeOutcomes: whole(lists[i]!) }));
    const { results, cleanOutcomes } = collectResults({ ...setting, task: 'semi-supervised' }, few);
    expect(results.differences.map(({ figure, left, right }) => [figure, left, right])).toEqual([
      ['clean', 'energy', 'at'],
      ['worst', 'energy', 'at'],
    ]);
    // 111110 less 110011: two more, one less.
    expect(results.differences[0]!.seeds['seed 6']).toMatchObject({ onlyLeft: 2, onlyRight: 1, n: 6 });
    expect(cleanOutcomes!.at!['seed 6']).toEqual(whole('110011'));
    expect(collectResults(setting, models).cleanOutcomes).toBeNull();
  });

  it('sets everybody against the best alone where there are many', () => {
    const many = Array.from({ length: 6 }, (_, i): MeasuredModel => {
      const list = `${'1'.repeat(i % 4)}${'0'.repeat(4 - (i % 4))}`;
      return { seed: 5, row: row(`d${i}`, i % 4, 4), outcomes: outcomes(list) };
    });
    const lefts = (models: readonly MeasuredModel[]): readonly string[] =>
      collectResults({ ...setting, seeds: [5] }, models).results.differences.map(({ left }) => left);
    expect(lefts(many)).toEqual(Array(5).fill('d3'));
    expect(lefts(many.slice(0, 5))).toHaveLength(10);
  });
});
