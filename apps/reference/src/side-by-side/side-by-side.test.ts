import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcomes } from '@groundstate/metrics';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeJson } from '../json-file';
import { readRun } from './read-run';
import { sideBySide } from './side-by-side';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'side-by-side-'));
});
afterEach(() => rm(folder, { recursive: true }));

type Standing = Readonly<Record<string, string>>;
type Plan = {
  readonly seed?: number;
  readonly epsilon?: number;
  readonly source?: string;
  readonly digest?: string;
  readonly ids?: readonly number[];
  readonly epochs?: number;
  readonly pipeline?: string;
};

/** A finished run's folder, as `groundstate run` leaves it. */
async function aRun(name: string, defences: Readonly<Record<string, Standing>>, plan: Plan = {}): Promise<string> {
  const { seed = 0, epsilon = 2, source = 'drawn', digest = 'same', epochs = 6, pipeline = 'mnist' } = plan;
  const path = join(folder, name);
  const outcomes = Object.entries(defences).map(([defence, standing]): [string, Outcomes] => {
    const ids = plan.ids ?? Array.from({ length: Object.values(standing)[0]!.length }, (_, i) => i);
    // Never read: the worst case is counted anew.
    return [defence, { ids: [...ids], standing: { worst: '0'.repeat(ids.length), ...standing } }];
  });
  await writeJson(join(path, 'config.json'), { pipeline, request: { epochs, seed, out: path } });
  await writeJson(join(path, 'outcomes.json'), Object.fromEntries(outcomes));
  await writeJson(join(path, 'results.json'), {
    schema: 'groundstate/results@1',
    dataset: { name: 'digits', source, train: 10, test: 4, digest },
    backend: 'cpu',
    seed,
    threat: { norm: 'l2', epsilon },
    defences: Object.keys(defences).map((defence) => ({ name: defence, gradientEvaluations: 80 })),
  });
  return path;
}

const compared = async (...paths: string[]) => sideBySide(await Promise.all(paths.map(readRun)));

describe('sideBySide', () => {
  it('counts the worst case anew, over the attacks and the images that all models share', async () => {
    // Of the images 2, 3, 4 the left stands on 3 alone under pgd; its apgd is not shared and must not count.
    const left = await aRun('a', { at: { clean: '1111', pgd: '1010', apgd: '0000' } }, { ids: [1, 2, 3, 4] });
    const right = await aRun('b', { energy: { clean: '1101', pgd: '1101' } }, { ids: [2, 3, 4, 5] });
    const { rows, attacks, dataset, leftOut, differences } = await compared(left, right);
    expect(attacks).toEqual(['pgd']);
    expect(dataset.images).toBe(3);
    expect(rows.map(({ accuracy }) => accuracy.worst!.accuracy)).toEqual([1 / 3, 2 / 3]);
    expect(rows.map(({ accuracy }) => accuracy.clean!.accuracy)).toEqual([1, 2 / 3]);
    expect(leftOut).toEqual(['attack apgd: not every model was attacked with it', 'images: 3 are shared, of up to 4 in a run']);
    // Image 2: only the right. 3: both. 4: neither.
    expect(differences[0]!.pooled).toMatchObject({ onlyLeft: 0, onlyRight: 1, n: 3, difference: -1 / 3 });
    expect(differences[0]!.verdict).toBe('not shown');
  });

  it('takes runs that differ in the seed alone for one with several seeds, and pairs them seed by seed', async () => {
    const runs = await Promise.all(
      [0, 1, 2].map((seed) =>
        aRun(`seed-${seed}`, { at: { clean: '11111111', pgd: '11000000' }, energy: { clean: '11111111', pgd: '11111000' } }, { seed }),
      ),
    );
    const { rows, differences } = await compared(...runs);
    expect(rows.map(({ name, seeds }) => [name, seeds])).toEqual([
      ['at', ['seed 0', 'seed 1', 'seed 2']],
      ['energy', ['seed 0', 'seed 1', 'seed 2']],
    ]);
    expect(rows[1]!.accuracy.worst!.overSeeds).toMatchObject({ mean: 5 / 8, n: 3 });
    expect(Object.keys(differences[0]!.seeds)).toEqual(['seed 0', 'seed 1', 'seed 2']);
    expect(differences[0]!.overSeeds.mean).toBeCloseTo(-3 / 8);
  });

  it('says which seeds a difference does not look at', async () => {
    const standing = { clean: '11', pgd: '10' };
    const left = await Promise.all([0, 1].map((seed) => aRun(`left-${seed}`, { at: standing }, { seed })));
    const right = await Promise.all([1, 2].map((seed) => aRun(`right-${seed}`, { energy: standing }, { seed })));
    const apart = await Promise.all([7, 8].map((seed) => aRun(`apart-${seed}`, { energy: standing }, { seed })));
    expect((await compared(...left, ...right)).leftOut).toEqual([
      'seed 0, seed 2: in the difference of at and energy, for only one of them has it',
    ]);
    expect((await compared(...left, ...apart)).leftOut).toEqual([
      'all but seed 0 and seed 7: in the difference of at and energy, who share no seed',
    ]);
    expect((await compared(left[0]!, apart[0]!)).leftOut).toEqual([]);
  });

  it('does not take evaluations with several seeds for trainings with several: the model is one', async () => {
    const runs = [0, 1].map((seed) => aRun(`drawn-${seed}`, { at: { clean: '11', pgd: '10' } }, { seed, pipeline: 'evaluate' }));
    const { rows } = await compared(...(await Promise.all(runs)));
    expect(rows.map(({ name, seeds }) => [name, seeds])).toEqual([
      ['at (drawn-0)', ['seed 0']],
      ['at (drawn-1)', ['seed 1']],
    ]);
  });

  it('tells runs with other settings, and the same run twice, apart by name', async () => {
    const one = await aRun('short', { at: { clean: '11', pgd: '10' } }, { epochs: 1 });
    const other = await aRun('long', { at: { clean: '11', pgd: '11' } }, { epochs: 9 });
    expect((await compared(one, other)).rows.map(({ name }) => name)).toEqual(['at (short)', 'at (long)']);
    expect((await compared(one, one)).rows.map(({ name }) => name)).toEqual(['at (short) #1', 'at (short) #2']);
  });

  it('finds no difference between a model and itself, whatever its outcomes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('0', '1'), { minLength: 1, maxLength: 12 }), async (bits) => {
        const standing = { clean: '1'.repeat(bits.length), pgd: bits.join('') };
        const { differences } = await compared(await aRun('run', { one: standing, two: standing }));
        expect(differences[0]!.pooled).toMatchObject({ difference: 0, onlyLeft: 0, onlyRight: 0 });
      }),
      { numRuns: 20 },
    );
  });

  it.each<[string, Plan, string]>([
    ['other images', { digest: 'other' }, 'to be on the data of'],
    ['another budget', { epsilon: 1 }, 'to be under the threat of'],
    ['none of the images', { ids: [7, 8] }, 'runs that attacked some of the same images'],
  ])('refuses runs on %s', async (_, plan, words) => {
    const [left, right] = [await aRun('a', { at: { clean: '11', pgd: '10' } }), await aRun('b', { at: { clean: '11', pgd: '10' } }, plan)];
    await expect(compared(left, right)).rejects.toThrow(words);
  });

  it('refuses runs without a common attack, and says who has which', async () => {
    const [left, right] = [await aRun('a', { at: { clean: '1', pgd: '1' } }), await aRun('b', { energy: { clean: '1', square: '1' } })];
    await expect(compared(left, right)).rejects.toThrow('to be runs that share an attack, got at: pgd; energy: square.');
  });
});

describe('readRun', () => {
  it('says what is wrong with a folder that is no finished run', async () => {
    await expect(readRun(folder)).rejects.toThrow(/got a folder without results\.json\. Name the folders/);
    await writeJson(join(folder, 'config.json'), {});
    await expect(readRun(folder)).rejects.toThrow(/got one that is not finished\. Finish it first with --resume/);
    await writeJson(join(folder, 'results.json'), { schema: 'groundstate/training@1' });
    await expect(readRun(folder)).rejects.toThrow(/to be a run whose models were attacked, got groundstate\/training@1/);
    await writeJson(join(folder, 'results.json'), { schema: 'groundstate/results@1', defences: [] });
    await expect(readRun(folder)).rejects.toThrow(/to be a run with outcomes\.json, .*got none/);
  });

  it('names the place in a damaged file, and does not compare what is there', async () => {
    const path = await aRun('damaged', { at: { clean: '11', pgd: '10' } });
    const fault = (words: string) =>
      expect(readRun(path)).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining(words) });
    const outcomes = join(path, 'outcomes.json');
    await writeJson(outcomes, {});
    await fault(`compare: expected \`${outcomes}\` to be as a run writes it, got a fault in \`at\` of it: `);
    await writeJson(outcomes, { at: { ids: [0, 1], standing: { clean: '11', pgd: '1' } } });
    await fault('got a fault in `at` of it: expected a 0 or a 1 for every image. Restore the file');
    await writeJson(outcomes, null);
    await fault(`read: expected \`${outcomes}\` to be the outcomes of a run, got null`);
    const results = join(path, 'results.json');
    await writeJson(outcomes, {});
    await writeJson(results, { schema: 'groundstate/results@1', defences: [] });
    await fault(`expected \`${results}\` to be as a run writes it, got a fault in \`dataset\` of it: `);
    await writeJson(results, { schema: 'groundstate/comparison@1' });
    await fault(`expected \`${results}\` to be as a run writes it`);
    await writeJson(results, []);
    await fault(`read: expected \`${results}\` to be the results of a run, got []`);
  });
});
