import { describe, expect, it } from 'vitest';
import { collectedFixture } from '../tests/report-fixture';
import { type FirstResults, upgradedOutcomes, upgradedResults } from './upgrade-results';

const { results, outcomes } = collectedFixture(undefined, { seeds: [4] });
const first: FirstResults = {
  schema: 'groundstate/results@1',
  dataset: results.dataset,
  backend: results.backend,
  seed: 4,
  threat: results.threat,
  defences: results.defences.map(({ seed: _, robust, ...row }) => ({ ...row, robust: robust.map(({ passes: __, ...each }) => each) })),
};
const firstOutcomes = Object.fromEntries(Object.entries(outcomes).map(([name, of]) => [name, of['seed 4']!]));

describe('results of the first version', () => {
  it('say the same in today’s form, means and differences among it, but for what they never knew', () => {
    expect(upgradedOutcomes(firstOutcomes, 4)).toEqual(outcomes);
    const upgraded = upgradedResults(first, outcomes, { pipeline: 'mnist', sizes: { epochs: 6 } });
    expect(upgraded).toEqual({
      ...results,
      model: { spec: null, parameters: null },
      defences: first.defences.map((row) => ({ ...row, seed: 4 })),
    });
  });

  it('stand in no difference without outcomes, or with those of other images', () => {
    expect(upgradedResults(first, null, null)).toMatchObject({ differences: [], visits: null, pipeline: 'run' });
    const { 'pgd-at': other, ...others } = outcomes;
    const pairs = (of: typeof outcomes): readonly string[] =>
      upgradedResults(first, of, null).differences.map(({ left, right }) => `${left} ${right}`);
    expect(pairs(others)).toEqual(['energy-d2 standard']);
    const moved = { 'seed 4': { ...other!['seed 4']!, ids: other!['seed 4']!.ids.map((id) => id + 1) } };
    expect(pairs({ ...others, 'pgd-at': moved })).toEqual(['energy-d2 standard']);
  });
});
