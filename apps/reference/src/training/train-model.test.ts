import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examplesFromArrays } from '@groundstate/core';
import { syntheticDigits } from '@groundstate/datasets';
import { loadModelFromDirectory } from '@groundstate/models/node';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseBackend } from '../backend/choose-backend';
import { trainDefaults } from '../config/defaults';
import type { Console } from '../console/progress';
import { createRun, resumeRun } from '../run-directory';
import { type Decided, splitImages, type TrainConfig, trainModel } from './train-model';

const dataset = syntheticDigits({ seed: 4, train: 120, test: 4 });
const { out: _, ...defaults } = trainDefaults;
const request: Decided = {
  ...defaults,
  dataset: 'synthetic-digits',
  data: null,
  model: 'mlp:hidden=12,dropout=0.2',
  defence: 'energy-d2:steps=1',
  threat: { norm: 'linf', epsilon: 0.1 },
  sizes: { train: 70, epochs: 3, batchSize: 16 },
  validation: { images: 20, attack: 'pgd:steps=2', patience: null },
  seed: 3,
  backend: 'wasm',
};
const about = { groundstate: '', tensorflow: '', node: '', platform: '' } as TrainConfig['environment'];
const configOf = (changed: Partial<Decided> = {}): TrainConfig => ({
  schema: 'groundstate/config@1',
  pipeline: 'train',
  request: { ...request, ...changed },
  environment: about,
  command: '',
});

/** Aborts at the `at`-th sign of progress, if there is one. */
function quietly(at = Number.POSITIVE_INFINITY): { console: Console; signal: AbortSignal; signs: () => number } {
  const controller = new AbortController();
  let signs = 0;
  const sign = (): void => {
    signs++;
    if (signs === at) controller.abort();
  };
  const task = { at: sign, finish: () => undefined, fail: () => undefined };
  return { console: { say: () => undefined, task: () => task }, signal: controller.signal, signs: () => signs };
}

let folder = '';
let whole = '';
let signs = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-train-'));
  await chooseBackend('wasm');
  const quiet = quietly();
  await trainModel({ directory: await createRun(join(folder, 'whole'), configOf()), dataset, ...quiet });
  signs = quiet.signs();
  whole = await readFile(join(folder, 'whole', 'results.json'), 'utf8');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('trainModel', () => {
  it('writes down what was trained, what it cost, every epoch, and whose weights they are', async () => {
    const results = JSON.parse(whole);
    expect(results).toMatchObject({
      schema: 'groundstate/training@1',
      dataset: { name: 'synthetic-digits', train: 70, validation: 20 },
      model: { specification: 'mlp:hidden=12,dropout=0.2', parameters: 784 * 12 + 12 + 12 * 10 + 10 },
      defence: { name: 'energy-d2-steps-1', specification: 'energy-d2:steps=1', adversary: 'energy-path, 1 steps, linf 0.1' },
      // One for the path, two for its points, one for the clean loss, and three epochs.
      gradientEvaluations: 4 * 70 * 3,
      weights: { folder: 'models/energy-d2-steps-1' },
    });
    expect(results.history.epochs.map(({ epoch }: { epoch: number }) => epoch)).toEqual([1, 2, 3]);
    for (const { terms, validation } of results.history.epochs) {
      expect(Object.keys(terms)).toEqual(['cleanLoss', 'energy']);
      expect(validation.robust).toBeLessThanOrEqual(validation.clean);
    }
    expect(results.history.selected).toMatchObject({ by: 'best', epoch: results.history.best.epoch });
    const weights = await readFile(join(folder, 'whole', results.weights.folder, 'weights.bin'));
    expect(results.weights.sha256).toBe(createHash('sha256').update(weights).digest('hex'));
    expect(weights.length).toBe(4 * results.model.parameters);
    expect((await readdir(join(folder, 'whole'))).sort()).toEqual(['config.json', 'logs', 'models', 'results.json', 'timings.json']);
    expect(await readFile(join(folder, 'whole', 'logs', 'energy-d2-steps-1', 'events.jsonl'), 'utf8')).toContain('"validation"');
  });

  it('saves the network that was asked for, as anybody can load it', async () => {
    const model = await loadModelFromDirectory(join(folder, 'whole', 'models', 'energy-d2-steps-1'));
    expect(model.layersModel.layers.map(({ name }) => name)).toEqual(['input', 'flatten', 'dense_1', 'dropout_1', 'dense_2']);
    model.dispose();
  });

  it('gives the same results to the byte after it was stopped and continued, wherever that was', async () => {
    expect(signs).toBe(15);
    for (const at of [1, 8, 15]) {
      const path = join(folder, `stopped-${at}`);
      const stopped = trainModel({ directory: await createRun(path, configOf()), dataset, ...quietly(at) });
      await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
      await trainModel({ directory: await resumeRun<TrainConfig>(path, 'train'), dataset, ...quietly() });
      expect(await readFile(join(path, 'results.json'), 'utf8')).toBe(whole);
    }
  });

  it('goes on with a model that was saved before the results were', async () => {
    const path = join(folder, 'unsaid');
    const directory = await createRun(path, configOf());
    const full = { ...directory, finish: () => Promise.reject(new Error('the disk is full')) };
    await expect(trainModel({ directory: full, dataset, ...quietly() })).rejects.toThrow('the disk is full');
    const again = quietly();
    await trainModel({ directory: await resumeRun<TrainConfig>(path, 'train'), dataset, ...again });
    expect(again.signs()).toBe(0);
    expect(await readFile(join(path, 'results.json'), 'utf8')).toBe(whole);
  });

  it('stops where the validation rises no more, and leaves no tensors', async () => {
    const before = tf.memory().numTensors;
    // Weights that hardly move: nothing rises after the first epoch.
    const changed = { learningRate: 1e-12, validation: { ...request.validation, patience: 1 } };
    const directory = await createRun(join(folder, 'patient'), configOf(changed));
    const { history, gradientEvaluations } = await trainModel({ directory, dataset, ...quietly() });
    expect(history.stopped).toMatchObject({ epoch: 2, since: 1 });
    expect(gradientEvaluations).toBe(4 * 70 * 2);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('splitImages', () => {
  const all = examplesFromArrays({ inputs: new Float32Array(10), labels: Array.from({ length: 10 }, (_, i) => i), shape: [1] });
  const split = (train: number | null, images: number, seed = 0) =>
    splitImages(all, { sizes: { train, epochs: 1, batchSize: 1 }, validation: { images, attack: 'pgd', patience: null }, seed });

  it('holds the same images out however much is trained on, and trains on none of them', () => {
    const { train, validation } = split(null, 4);
    expect([...train.labels, ...validation.labels].sort((a, b) => a - b)).toEqual([...all.labels]);
    expect(split(3, 4).validation.labels).toEqual(validation.labels);
    expect(split(3, 4).train.labels).toEqual(train.labels.slice(0, 3));
    expect(split(3, 4, 1).validation.labels).not.toEqual(validation.labels);
  });

  it('refuses more than there is', () => {
    expect(() => split(7, 4)).toThrow(
      'train: expected `sizes.train` to be at most 6, what the training set has, got 7. 4 more are held out for the validation.',
    );
    expect(() => split(11, 0)).toThrow('train: expected `sizes.train` to be at most 10, what the training set has, got 11.');
    expect(() => split(null, 10)).toThrow('train: expected `validation.images` to be less than 10, the size of the training set, got 10.');
  });
});
