import { describe, expect, it } from 'vitest';
import { collectedFixture } from '../tests/report-fixture';
import { collectResults } from './collect-results';
import { resultsTable } from './console/table';
import { defenceRow } from './defence-row';
import { defenceNames, type Results, type RunSetting, strongestFirst } from './results';

const share = (accuracy: number): { accuracy: number; low: number; high: number; n: number } => ({
  accuracy,
  low: accuracy - 0.1,
  high: accuracy + 0.1,
  n: 50,
});
const threat = { norm: 'l2', epsilon: 2 };
const report = {
  examples: 50,
  passes: { 'pgd:steps=5': { forwards: 300, backwards: 250 }, square: { forwards: 1000, backwards: 0 } },
  values: {
    accuracy: share(0.9),
    robustAccuracy: { 'pgd:steps=5': share(0.5), square: share(0.7), worst: share(0.5) },
    perturbationSize: { 'pgd:steps=5': { mean: 1.9, median: 2, n: 20 }, square: { mean: null, median: null, n: 0 } },
    energy: { D1: 0.1, D2: 0.2, D4: 0.25, D8: 0.26 },
  },
};
const about = { name: 'pgd-at', objective: 'adversarial-loss', adversary: 'pgd, 7 steps, l2 2', gradientEvaluations: 800 };
const row = defenceRow(about, report, threat);
const outcomes = { ids: [0, 1], standing: { clean: '11', worst: '10' } };
const setting: RunSetting = {
  pipeline: 'mnist',
  task: 'supervised',
  dataset: { name: 'synthetic-digits', source: '', train: 100, test: 50 },
  labels: null,
  model: { spec: 'convnet', parameters: 10 },
  backend: 'cpu',
  seeds: [0],
  threat,
  visits: 100,
};
const lines = (results: Results): readonly string[] => resultsTable(results).split('\n');
const line = (results: Results, start: string): string => lines(results).find((each) => each.includes(`│ ${start}`))!;

describe('defenceRow', () => {
  it('puts the weakest number first, and the worst case before an attack that equals it', () => {
    expect(row.robust.map(({ attack }) => attack)).toEqual(['worst', 'pgd:steps=5', 'square']);
    expect(row.robust[1]).toMatchObject({ attack: 'pgd:steps=5', ...threat, ...share(0.5), distance: { mean: 1.9, median: 2 } });
    expect(row.robust[0]?.distance).toEqual({ mean: null, median: null });
    expect(row).toMatchObject({ ...about, clean: share(0.9), energy: { D8: 0.26 } });
  });

  it('has what every attack cost, and for the worst case what all of them did', () => {
    expect(row.robust.map(({ passes }) => passes)).toEqual([
      { forwards: 1300, backwards: 250 },
      { forwards: 300, backwards: 250 },
      { forwards: 1000, backwards: 0 },
    ]);
  });

  it('takes the clean share of the whole test set where that was measured', () => {
    const whole = { accuracy: { ...share(0.8), n: 1000 }, outcomes };
    expect(defenceRow(about, { ...report, whole }, threat).clean).toEqual({ ...share(0.8), n: 1000 });
  });
});

describe('what is told of a run', () => {
  it('are its defences, those that only diverged among them, and its attacks, the strongest first', () => {
    expect(defenceNames({ defences: [{ ...row, seed: 0 }], diverged: [{ name: 'wild', seed: 0, reason: '' }] })).toEqual([
      'pgd-at',
      'wild',
    ]);
    const weaker = {
      robust: [
        { ...row.robust[1]!, accuracy: 0.9 },
        { ...row.robust[2]!, accuracy: 0.1 },
      ],
    };
    expect(strongestFirst([row])).toEqual(['pgd:steps=5', 'square']);
    expect(strongestFirst([row, weaker])).toEqual(['square', 'pgd:steps=5']);
  });
});

describe('resultsTable', () => {
  it('shows every share in per cent above its interval, the cost of one visit, and what an attacked image took', () => {
    const { results } = collectResults(setting, [{ seed: 0, row, outcomes }]);
    const table = resultsTable(results);
    expect(table).toMatch(/pgd-at +│ 8 +│ 50\.0 +│ 50\.0 +│ 70\.0 +│ 90\.0 +│ 0\.100 +│ 0\.200 +│ 0\.260/);
    expect(table).toContain('40.0-60.0');
    expect(table).toContain('right in % of 50; below, 95 % intervals over the images');
    expect(table).toContain('forwards + backwards: pgd 6 + 5, square 20 + 0.');
    expect(Math.max(...lines(results).map((each) => each.length))).toBeLessThanOrEqual(100);
  });

  it('shows with several seeds the mean, the interval of their spread and each seed, and who is ahead of whom', () => {
    const { results } = collectedFixture(undefined, { seeds: [0, 1, 2] });
    const { mean, low, high, seeds } = results.summaries[1]!.accuracy.worst!;
    const [percent, table] = [(value: number) => (100 * value).toFixed(1), resultsTable(results)];
    expect(line(results, 'pgd-at')).toMatch(new RegExp(`pgd-at +│ 8 +│ ${percent(mean!)} `));
    expect(table).toContain(`${percent(low!)}-${percent(high!)}`);
    const start = lines(results).findIndex((each) => each.includes('│ pgd-at'));
    for (const [i, seed] of seeds.entries()) {
      expect(lines(results)[start + 2 + i]).toMatch(new RegExp(`  seed ${i} +│ 8 +│ ${percent(seed)} `));
    }
    expect(table).toContain('95 % intervals over the 3 seeds');
    for (const { left, right } of results.differences) expect(table).toContain(`${left} - ${right}`);
    // Three attacks leave no room for the energies; two do, above.
    expect(table).not.toContain('D8');
    expect(Math.max(...lines(results).map((each) => each.length))).toBeLessThanOrEqual(100);
  });

  it('puts the test error first where labels are few, and sets defences against one another by it', () => {
    const { results } = collectedFixture(undefined, { seeds: [0, 1], task: 'semi-supervised' });
    const [first] = lines(results).filter((each) => each.includes('defence'));
    expect(first).toMatch(/defence +│ test error +│ worst case/);
    const error = 1 - results.summaries[0]!.accuracy.clean!.mean!;
    expect(line(results, 'standard')).toMatch(new RegExp(`standard +│ ${(100 * error).toFixed(1)} +│`));
    expect(resultsTable(results)).toContain('test error: in % of 1000 images that are not attacked, from 100 labels.');
    expect(resultsTable(results)).toContain('right in % of 300; below');
    expect(Math.max(...lines(results).map((each) => each.length))).toBeLessThanOrEqual(100);
    expect(resultsTable(results)).toContain('right, clean');
    // Steps see examples without labels too: the cost is that of the training.
    expect(line(results, 'standard')).toContain('│ 18 k ');
  });

  it('gives no mean over the trainings that came to an end where one did not', () => {
    const second = { ...row, robust: row.robust.map((each) => ({ ...each, accuracy: 0.6 })) };
    const { results } = collectResults(
      { ...setting, seeds: [0, 1] },
      [
        { seed: 0, row, outcomes },
        { seed: 0, row: { ...second, name: 'other' }, outcomes },
        { seed: 1, row: { ...second, name: 'other' }, outcomes },
      ],
      [{ name: 'pgd-at', seed: 1, reason: 'the loss was not finite' }],
    );
    expect(line(results, 'pgd-at')).toMatch(/pgd-at +│ - +│ - /);
    expect(line(results, '  seed 1')).toMatch(/│ diverged +│/);
    expect(line(results, 'other')).toMatch(/other +│ 8 +│ 60\.0/);
  });
});
