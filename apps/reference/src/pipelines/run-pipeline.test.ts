import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dataset, examplesFromArrays, linf } from '@groundstate/core';
import { labelSubset, syntheticDigits, syntheticShapes } from '@groundstate/datasets';
import { loadModelFromDirectory } from '@groundstate/models/node';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseBackend } from '../backend/choose-backend';
import type { Console } from '../console/progress';
import { createRun, resumeRun } from '../run-directory';
import { pipelines, settle } from './registry';
import type { RunConfig } from './run-config';
import { runPipeline } from './run-pipeline';

const small = {
  train: 96,
  epochs: 1,
  batchSize: 32,
  test: 12,
  attacks: ['pgd:steps=2', 'square:queries=3'],
  audit: { images: 4, steps: 2, samples: 2 },
};
const about = {
  schema: 'groundstate/config@1',
  about: '',
  preset: 'smoke',
  backend: 'wasm',
  data: null,
  environment: { groundstate: '', tensorflow: '', node: '', platform: '' },
  command: '',
} as const;
const digits = settle(pipelines.mnist, 'supervised', 'smoke');
const shapes = settle(pipelines.cifar10, 'supervised', 'smoke');
const few = settle(pipelines.mnist, 'semi-supervised', 'smoke');

const supervised: RunConfig = {
  ...about,
  ...digits,
  pipeline: 'mnist',
  task: 'supervised',
  seed: 4,
  seeds: [4],
  threat: { norm: 'linf', epsilon: 0.1 },
  defences: ['standard', 'pgd-at', 'energy-d2'],
  sizes: { ...digits.sizes, ...small },
};
const twoSeeds: RunConfig = {
  ...about,
  ...shapes,
  pipeline: 'cifar10',
  task: 'supervised',
  seed: 1,
  seeds: [1, 2],
  defences: ['standard', 'pgd-at:steps=2'],
  sizes: { ...shapes.sizes, ...small, test: 8 },
};
const fromFewLabels: RunConfig = {
  ...about,
  ...few,
  pipeline: 'mnist',
  task: 'semi-supervised',
  seed: 7,
  seeds: [7, 8],
  defences: ['standard', 'vat'],
  sizes: { ...small, labels: 20, stepsPerEpoch: 3, batchSize: 10, unlabelledBatchSize: 16 },
};
const ours = syntheticDigits({ seed: 4, train: 120, test: 20 });
const inColour = syntheticShapes({ seed: 4, train: 120, test: 20 });

/** Aborts at the `at`-th sign of progress, if there is one. */
function quietly(at = Number.POSITIVE_INFINITY): { console: Console; signal: AbortSignal; signs: () => number; said: string[] } {
  const controller = new AbortController();
  let signs = 0;
  const said: string[] = [];
  const sign = (): void => {
    signs++;
    if (signs === at) controller.abort();
  };
  const task = { at: sign, finish: () => undefined, fail: () => undefined };
  const say = (line: string): void => void said.push(line);
  return { console: { say, task: () => task }, signal: controller.signal, signs: () => signs, said };
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-pipeline-'));
  await chooseBackend('wasm');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** All that must be the same after an interruption. */
const filesOf = async (path: string): Promise<Record<string, string>> => {
  const samples = (await readdir(join(path, 'samples'), { recursive: true })).filter((file) => file.endsWith('.png')).sort();
  const written = (await readdir(path)).filter((file) => file.endsWith('.json') && !/^(config|timings)/.test(file));
  const files = [...written, ...samples.map((file) => join('samples', file))];
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, await readFile(join(path, file), 'base64')])));
};

const cases = [
  { title: 'digits, one seed', config: supervised, dataset: ours },
  { title: 'shapes in colour, two seeds', config: twoSeeds, dataset: inColour },
  { title: 'digits with few labels, two seeds', config: fromFewLabels, dataset: ours },
];

describe.each(cases)('$title', ({ title, config, dataset }) => {
  it('gives the same to the byte after it was stopped and continued, wherever that was, and leaves no tensors', async () => {
    const before = tf.memory().numTensors;
    const whole = quietly();
    await runPipeline({ directory: await createRun(join(folder, title), config), dataset, ...whole });
    expect(tf.memory().numTensors).toBe(before);
    const files = await filesOf(join(folder, title));
    expect(Object.keys(files)).toContain('results.json');
    expect(whole.signs()).toBeGreaterThan(10);
    for (const at of [2, Math.floor(whole.signs() / 2), whole.signs() - 2]) {
      const path = join(folder, `${title}, stopped at ${at}`);
      const stopped = runPipeline({ directory: await createRun(path, config), dataset, ...quietly(at) });
      await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
      await runPipeline({ directory: await resumeRun<RunConfig>(path, config.pipeline), dataset, ...quietly() });
      expect(await filesOf(path)).toEqual(files);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

const read = async (title: string, file = 'results.json') => JSON.parse(await readFile(join(folder, title, file), 'utf8'));

describe('a run of one seed', () => {
  it('lays three defences side by side, with counted costs and the attacks of the preset', async () => {
    const results = await read('digits, one seed');
    expect(results).toMatchObject({
      schema: 'groundstate/results@2',
      pipeline: 'mnist',
      task: 'supervised',
      seeds: [4],
      backend: 'wasm',
      threat: supervised.threat,
      labels: null,
      visits: 96,
      diverged: [],
    });
    expect(results.dataset).toMatchObject({ name: 'synthetic-digits', train: 96, test: 12 });
    // 4x4x16 + 16, 4x4x16x32 + 32, 7x7x32x100 + 100, 100x10 + 10.
    expect(results.model).toEqual({ spec: 'convnet', parameters: 272 + 8224 + 156_900 + 1010 });
    // 96 examples, one epoch: 1; 7 + 1; 5 + 2 + 1 gradient evaluations each.
    expect(results.defences.map((row: { name: string; gradientEvaluations: number }) => [row.name, row.gradientEvaluations])).toEqual([
      ['standard', 96],
      ['pgd-at', 8 * 96],
      ['energy-d2', 8 * 96],
    ]);
    for (const { clean, robust, energy, seed } of results.defences) {
      expect([clean.n, seed]).toEqual([12, 4]);
      expect(robust.map(({ attack }: { attack: string }) => attack).sort()).toEqual(['pgd:steps=2', 'square:queries=3', 'worst']);
      for (const row of robust) expect(row.accuracy).toBeLessThanOrEqual(clean.accuracy);
      expect(energy.D1).toBeLessThanOrEqual(energy.D8);
    }
    expect((await readdir(join(folder, 'digits, one seed'))).sort()).toEqual([
      'audit.json',
      'config.json',
      'logs',
      'models',
      'outcomes.json',
      'results.json',
      'samples',
      'timings.json',
    ]);
  });

  it('saves models that anybody can load, and that are what was measured', async () => {
    const model = await loadModelFromDirectory(join(folder, 'digits, one seed', 'models', 'pgd-at'));
    const test = await ours.load('test');
    const { ids } = (await read('digits, one seed', 'outcomes.json'))['pgd-at']['seed 4'];
    const { inputs, labels } = await test.read(Int32Array.from(ids));
    const predicted = await tf.argMax(model.logits(inputs), 1).data();
    const right = Array.from(await labels.data()).filter((label, i) => label === predicted[i]).length;
    const row = (await read('digits, one seed')).defences[1];
    expect(row.clean.accuracy).toBe(right / 12);
    expect(row.adversary).toBe(`pgd, 7 steps, ${linf().name} 0.1`);
    model.dispose();
  });
});

describe('a run of several seeds', () => {
  it('has a model, a row and an audit for every seed, and each is that of the run of this seed alone', async () => {
    const { defences, seeds, summaries, differences } = await read('shapes in colour, two seeds');
    expect(seeds).toEqual([1, 2]);
    expect(defences.map(({ name, seed }: { name: string; seed: number }) => `${name} ${seed}`)).toEqual([
      'standard 1',
      'pgd-at-steps-2 1',
      'standard 2',
      'pgd-at-steps-2 2',
    ]);
    expect(summaries).toHaveLength(2);
    expect(differences).toHaveLength(1);
    expect(await readdir(join(folder, 'shapes in colour, two seeds', 'models', 'standard'))).toEqual(['seed-1', 'seed-2']);
    const alone = await runPipeline({
      directory: await createRun(join(folder, 'alone'), { ...twoSeeds, seed: 2, seeds: [2] }),
      dataset: inColour,
      ...quietly(),
    });
    expect(alone.defences).toEqual(defences.slice(2));
    const [weights, single] = await Promise.all(
      [
        ['shapes in colour, two seeds', 'models', 'standard', 'seed-2'],
        ['alone', 'models', 'standard'],
      ].map((path) => readFile(join(folder, ...path, 'weights.bin'), 'base64')),
    );
    expect(single).toBe(weights);
  });

  it('records a training that diverges, with its reason, and goes on with the others', async () => {
    const defences = ['energy-d2:weight=1e38', 'standard'];
    const config = { ...twoSeeds, defences, sizes: { ...twoSeeds.sizes, train: 32 } };
    const quiet = quietly();
    const directory = await createRun(join(folder, 'diverged'), config);
    const { diverged, defences: rows, summaries } = await runPipeline({ directory, dataset: inColour, ...quiet });
    expect(diverged.map(({ name, seed }) => [name, seed])).toEqual([
      ['energy-d2-weight-1e38', 1],
      ['energy-d2-weight-1e38', 2],
    ]);
    expect(diverged[0]!.reason).toMatch(/^fit: expected `/);
    expect(rows.map(({ name }) => name)).toEqual(['standard', 'standard']);
    expect(summaries.map(({ name }) => name)).toEqual(['standard']);
  });
});

describe('a run in whitened space', () => {
  // Four numbers an example, so that the fit is one of four dimensions.
  const plane: Dataset = {
    card: { ...ours.card, name: 'squares', shape: [2, 2, 1], classes: 2 },
    load: async () =>
      examplesFromArrays({
        inputs: Float32Array.from({ length: 240 }, (_, i) => ((i * 37) % 101) / 101),
        labels: Int32Array.from({ length: 60 }, (_, i) => i % 2),
        shape: [2, 2, 1],
      }),
  };

  it('says so in the name of its data, has no bounds and no audit', async () => {
    const config: RunConfig = {
      ...supervised,
      model: 'mlp:hidden=4',
      threat: { norm: 'l2', epsilon: 1 },
      defences: ['standard'],
      sizes: { ...supervised.sizes, train: 60, attacks: ['pgd:steps=2'], audit: null },
      training: { ...supervised.training, preprocessing: 'whitened-space' },
    };
    const before = tf.memory().numTensors;
    const path = join(folder, 'whitened');
    const results = await runPipeline({ directory: await createRun(path, config), dataset: plane, ...quietly() });
    expect(results.dataset.name).toBe('squares (whitened space)');
    expect(results.dataset.source).toContain('1 / sqrt(S) + epsilon');
    expect(await readdir(path)).not.toContain('audit.json');
    const model = await loadModelFromDirectory(join(path, 'models', 'standard'));
    expect(model.bounds).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a run from few labels', () => {
  it('trains on labels of its own for each seed, and says which by their digest', async () => {
    const { labels, task, visits } = await read('digits with few labels, two seeds');
    expect([task, labels.count, visits]).toEqual(['semi-supervised', 20, null]);
    const all = await ours.load('train');
    expect(Object.keys(labels.digests)).toEqual(['seed 7', 'seed 8']);
    expect(labels.digests['seed 7']).not.toBe(labels.digests['seed 8']);
    // Of 120 examples 96 are in play, drawn by the seed; of those 20 have labels, two of each digit.
    const { trainingExamples } = await import('./run-examples');
    const { labelled, unlabelled, inputs } = trainingExamples(all, fromFewLabels.sizes, 7);
    expect([labelled.size, unlabelled!.examples.size, inputs.size]).toEqual([20, 96, 96]);
    for (let digit = 0; digit < 10; digit++) expect(labelled.labels.filter((label) => label === digit)).toHaveLength(2);
    expect(labelSubset(inputs, { labels: 20, seed: 7 }).labelled.labels).toEqual(labelled.labels);
    const batch = await labelled.read(Int32Array.from({ length: 20 }, (_, i) => i));
    tf.dispose([batch.inputs, batch.labels]);
    const text = [...batch.ids].sort((a, b) => a - b).join(',');
    expect(labels.digests['seed 7']).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('measures the test error on the whole test set, and attacks a part of it', async () => {
    const { defences } = await read('digits with few labels, two seeds');
    for (const { clean, robust } of defences) expect([clean.n, robust[0].n]).toEqual([20, 12]);
    const outcomes = await read('digits with few labels, two seeds', 'clean-outcomes.json');
    expect(outcomes.vat['seed 7'].ids).toHaveLength(20);
  });

  it('takes as many steps as it says, whatever the number of labels, and visits other inputs in each', async () => {
    const { defences } = await read('digits with few labels, two seeds');
    const cost = (name: string) => defences.find((row: { name: string }) => row.name === name).gradientEvaluations;
    // Three steps of 10 labelled examples.
    expect(cost('standard')).toBe(30);
    // And 16 others, each with a pass for the direction and one for the divergence beside the clean one.
    expect(cost('vat')).toBeGreaterThan(3 * (10 + 2 * 16));
  });
});
