import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { l2 } from '@groundstate/core';
import { syntheticDigits } from '@groundstate/datasets';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseBackend } from '../backend/choose-backend';
import { comparisonTable, differencesTable } from '../console/comparison-table';
import type { Console } from '../console/progress';
import { trialsTable } from '../console/trials-table';
import { createRun, resumeRun } from '../run-directory';
import { testImages } from '../test-images';
import { contenders } from '../tuning/contenders';
import { drawTrials } from '../tuning/draw-trials';
import { collectTuning, runTrials, splitTraining, type Tuning, type TuningConfig } from '../tuning/tuning';
import { type ComparisonConfig, collectComparison, entrantsOf, pairsOf, runModels } from './comparison';

const dataset = syntheticDigits({ seed: 4, train: 200, test: 30 });
const threat = { norm: l2(), epsilon: 1 };
const names = ['standard', 'energy-d1', 'energy-d2'];
const machine = { environment: { groundstate: '', tensorflow: '', node: '', platform: '' }, command: '' };
const tuningConfig: TuningConfig = {
  schema: 'groundstate/config@1',
  pipeline: 'tune',
  seed: 5,
  backend: 'wasm',
  data: null,
  threat: { norm: 'l2', epsilon: 1 },
  sizes: { train: 64, validation: 16, epochs: 1, batchSize: 32, attacks: ['pgd:steps=2'] },
  trials: contenders
    .filter(({ name }) => names.includes(name))
    .flatMap((contender) => drawTrials(contender, 2, 5).map((settings, trial) => ({ contender: contender.name, trial, settings }))),
  ...machine,
};

/** Aborts at the `at`-th sign of progress, if there is one. */
function quietly(at = Number.POSITIVE_INFINITY): { console: Console; signal: AbortSignal } {
  const controller = new AbortController();
  let signs = 0;
  const sign = (): void => {
    signs++;
    if (signs === at) controller.abort();
  };
  const task = { at: sign, finish: () => undefined, fail: () => undefined };
  return { console: { say: () => undefined, task: () => task }, signal: controller.signal };
}

async function tune(path: string): Promise<Tuning> {
  const directory = await createRun(path, tuningConfig);
  const { train, validation } = splitTraining('tune', await dataset.load('train'), tuningConfig.sizes, tuningConfig.seed);
  await runTrials({ directory, ...quietly(), train, test: validation, threat, mine: () => true });
  const { tuning, timings } = await collectTuning(directory, dataset.card);
  await directory.finish(tuning, timings);
  return tuning;
}

let folder = '';
let tuning: Tuning;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-compare-'));
  await chooseBackend('wasm');
  tuning = await tune(join(folder, 'tuning'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('tune', () => {
  it('records every trial of every contender, and chooses each one’s best on the validation examples', () => {
    expect(tuning.trials.map(({ contender, trial }) => `${contender} ${trial}`)).toEqual(
      names.flatMap((name) => [`${name} 0`, `${name} 1`]),
    );
    for (const name of names) {
      const trials = tuning.trials.filter(({ contender }) => contender === name);
      const most = Math.max(...trials.map(({ worst }) => worst!.accuracy!));
      expect(tuning.best[name]!.worst!.accuracy).toBe(most);
      for (const { worst, clean } of trials) expect([worst!.n, clean!.n]).toEqual([16, 16]);
    }
    // 64 examples, one epoch: 1; 5 + 1 + 1; 5 + 2 + 1 gradient evaluations each.
    expect(tuning.trials.map(({ gradientEvaluations }) => gradientEvaluations! / 64)).toEqual([1, 1, 7, 7, 8, 8]);
    expect(trialsTable(tuning)).toContain('energy-d2');
  });

  it('validates on examples that neither it nor a longer training meets', async () => {
    const all = await dataset.load('train');
    const ids = async (size: number, part: 'train' | 'validation'): Promise<number[]> => {
      const examples = splitTraining('tune', all, { train: size, validation: 16 }, 5)[part];
      const batch = await examples.read(Int32Array.from({ length: examples.size }, (_, i) => i));
      tf.dispose([batch.inputs, batch.labels]);
      return [...batch.ids];
    };
    const validation = await ids(64, 'validation');
    expect(await ids(150, 'validation')).toEqual(validation);
    expect((await ids(150, 'train')).filter((id) => validation.includes(id))).toEqual([]);
    expect(() => splitTraining('tune', all, { train: 190, validation: 16 }, 5)).toThrow(
      'tune: expected `train` to be small enough to leave room for the validation, got 190 training and 16 validation examples of 200.',
    );
  });

  it('records a trial that diverges as one, and goes on', async () => {
    const wild = { contender: 'standard', trial: 0, settings: { learningRate: 1e30 } };
    const directory = await createRun(join(folder, 'wild'), { ...tuningConfig, trials: [wild] });
    const { train, validation } = splitTraining('tune', await dataset.load('train'), tuningConfig.sizes, 5);
    const run = { directory, ...quietly(), train, test: validation, threat, mine: () => true };
    await runTrials(run);
    await runTrials(run);
    const { tuning: found } = await collectTuning(directory, dataset.card);
    expect(found.trials[0]).toMatchObject({ worst: null, gradientEvaluations: null });
    expect(found.trials[0]!.diverged).toContain('to be a finite number');
    expect(found.best).toEqual({});
    expect(trialsTable(found)).toContain('diverged');
  });
});

describe('rank', () => {
  const configOf = (): ComparisonConfig => {
    const entrants = entrantsOf(tuning).filter(({ name }) => name === 'standard' || name === 'energy-d2');
    return {
      schema: 'groundstate/config@1',
      pipeline: 'rank',
      seeds: [6, 7],
      backend: 'wasm',
      data: null,
      threat: tuning.threat,
      sizes: { train: 32, test: 6, epochs: 1, batchSize: 16 },
      attacks: ['pgd:steps=1', 'square:queries=2'],
      entrants,
      tuning: { seed: 5, validation: 16, trials: 2 },
      pairs: pairsOf(entrants),
      ...machine,
    };
  };
  const compareIn = async (path: string, stops: readonly number[] = [], workers = 1): Promise<string> => {
    let directory = await createRun(path, configOf());
    const { train } = splitTraining('tune', await dataset.load('train'), { train: 32, validation: 16 }, 5);
    const test = testImages(await dataset.load('test'), 6);
    for (const at of stops) {
      await expect(runModels({ directory, ...quietly(at), train, test, threat, mine: () => true })).rejects.toMatchObject({
        code: 'aborted',
      });
      directory = await resumeRun<ComparisonConfig>(path, 'rank');
    }
    for (let worker = 0; worker < workers; worker++) {
      await runModels({ directory, ...quietly(), train, test, threat, mine: (index) => index % workers === worker });
    }
    const { comparison, timings } = await collectComparison(directory, dataset.card, 'digest');
    await directory.finish(comparison, timings);
    return readFile(join(path, 'results.json'), 'utf8');
  };

  it('gives the same results to the byte in one process, in two, and after interruptions', async () => {
    const before = tf.memory().numTensors;
    const whole = await compareIn(join(folder, 'whole'));
    expect(await compareIn(join(folder, 'shared'), [], 2)).toBe(whole);
    expect(await compareIn(join(folder, 'stopped'), [5])).toBe(whole);
    expect(tf.memory().numTensors).toBe(before);

    const comparison = JSON.parse(whole);
    expect(comparison.rows.length).toBe(2 * configOf().entrants.length);
    expect(comparison.differences.map(({ left, right }: { left: string; right: string }) => [left, right])).toEqual(configOf().pairs);
    expect(comparisonTable(comparison)).toContain('energy-d2');
    expect(differencesTable(comparison)).toContain('energy-d2 - standard');
  });

  it('names a training that diverged, and compares the others', async () => {
    const whole = configOf();
    const entrants = whole.entrants.map((each) => (each.name === 'standard' ? { ...each, settings: { learningRate: 1e30 } } : each));
    const config = { ...whole, entrants, seeds: [6] };
    const directory = await createRun(join(folder, 'diverged'), config);
    const { train } = splitTraining('rank', await dataset.load('train'), { train: 32, validation: 16 }, 5);
    const run = { directory, ...quietly(), train, test: testImages(await dataset.load('test'), 6), threat, mine: () => true };
    await runModels(run);
    await runModels(run);
    const { comparison } = await collectComparison(directory, dataset.card, 'digest');
    expect(comparison.diverged).toMatchObject([{ entrant: 'standard', seed: 6, reason: expect.stringContaining('to be a finite number') }]);
    expect(comparison.summaries.map(({ entrant }) => entrant)).toEqual(['energy-d2']);
    expect(comparison.differences).toEqual([]);
  });

  it('lets D_1 also walk the paths of D_2, where they were tuned apart', () => {
    const trial = (contender: string, weight: number) => ({ ...tuning.best['energy-d2']!, contender, settings: { weight } });
    const apart = { ...tuning, best: { 'energy-d1': trial('energy-d1', 1), 'energy-d2': trial('energy-d2', 2) } };
    expect(entrantsOf(apart).at(-1)).toEqual({ name: 'energy-d1, path of d2', contender: 'energy-d1', settings: { weight: 2 } });
    const alike = { ...tuning, best: { 'energy-d1': trial('energy-d1', 2), 'energy-d2': trial('energy-d2', 2) } };
    expect(entrantsOf(alike).length).toBe(2);
  });
});
