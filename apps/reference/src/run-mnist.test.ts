import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linf } from '@groundstate/core';
import { syntheticDigits } from '@groundstate/datasets';
import { loadModelFromDirectory } from '@groundstate/models/node';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseBackend } from './backend/choose-backend';
import type { Console } from './console/progress';
import { presets } from './presets';
import { createRun, resumeRun } from './run-directory';
import { type MnistConfig, runMnist } from './run-mnist';

const sizes = {
  ...presets.smoke,
  train: 96,
  batchSize: 32,
  test: 12,
  attacks: ['pgd:steps=2', 'square:queries=3'],
  audit: { images: 4, steps: 2, samples: 2 },
};
const config: MnistConfig = {
  schema: 'groundstate/config@1',
  pipeline: 'mnist',
  preset: 'smoke',
  sizes,
  seed: 4,
  backend: 'wasm',
  data: null,
  threat: { norm: 'linf', epsilon: 0.1 },
  environment: { groundstate: '', tensorflow: '', node: '', platform: '' },
  command: '',
};
const dataset = syntheticDigits({ seed: 4, train: 120, test: 20 });
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
/** All that must be the same after an interruption. */
const filesOf = async (path: string): Promise<Record<string, string>> => {
  const samples = (await readdir(join(path, 'samples'), { recursive: true })).filter((file) => file.endsWith('.png')).sort();
  const files = ['results.json', 'outcomes.json', 'audit.json', ...samples.map((file) => join('samples', file))];
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, await readFile(join(path, file), 'base64')])));
};
let files: Record<string, string> = {};
let signs = 0;
let tensorsLeft = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-mnist-'));
  await chooseBackend('wasm');
  const directory = await createRun(join(folder, 'whole'), config);
  const quiet = quietly();
  const before = tf.memory().numTensors;
  await runMnist({ directory, dataset, ...quiet });
  tensorsLeft = tf.memory().numTensors - before;
  signs = quiet.signs();
  whole = await readFile(join(folder, 'whole', 'results.json'), 'utf8');
  files = await filesOf(join(folder, 'whole'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('run mnist', () => {
  it('lays three defences side by side, with counted costs and the attacks of the preset', async () => {
    const results = JSON.parse(whole);
    expect(results).toMatchObject({ schema: 'groundstate/results@1', seed: 4, backend: 'wasm', threat: config.threat });
    expect(results.dataset).toMatchObject({ name: 'synthetic-digits', train: 96, test: 12 });
    // 96 examples, one epoch: 1; 7 + 1; 5 + 2 + 1 gradient evaluations each.
    expect(results.defences.map((row: { name: string; gradientEvaluations: number }) => [row.name, row.gradientEvaluations])).toEqual([
      ['standard', 96],
      ['pgd-at', 8 * 96],
      ['energy-d2', 8 * 96],
    ]);
    for (const { clean, robust, energy } of results.defences) {
      expect(clean.n).toBe(12);
      expect(robust.map(({ attack }: { attack: string }) => attack).sort()).toEqual(['pgd:steps=2', 'square:queries=3', 'worst']);
      for (const row of robust) expect(row.accuracy).toBeLessThanOrEqual(clean.accuracy);
      expect(energy.D1).toBeLessThanOrEqual(energy.D8);
    }
    expect((await readdir(join(folder, 'whole'))).sort()).toEqual([
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
    const model = await loadModelFromDirectory(join(folder, 'whole', 'models', 'pgd-at'));
    const test = await dataset.load('test');
    const { inputs, labels } = await test.read(Int32Array.from({ length: 12 }, (_, i) => i));
    const predicted = await tf.argMax(model.logits(inputs), 1).data();
    const right = Array.from(await labels.data()).filter((label, i) => label === predicted[i]).length;
    const row = JSON.parse(whole).defences[1];
    expect(row.clean.accuracy).toBe(right / 12);
    expect(row.adversary).toBe(`pgd, 7 steps, ${linf().name} 0.1`);
    model.dispose();
  });

  it('gives the same results, outcomes, audit and pictures to the byte after it was stopped and continued, wherever that was', async () => {
    expect(signs).toBeGreaterThan(10);
    for (const at of [2, Math.floor(signs / 2), signs - 2]) {
      const path = join(folder, `stopped-${at}`);
      const stopped = runMnist({ directory: await createRun(path, config), dataset, ...quietly(at) });
      await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
      await runMnist({ directory: await resumeRun<MnistConfig>(path, 'mnist'), dataset, ...quietly() });
      expect(await filesOf(path)).toEqual(files);
    }
  });

  it('leaves no tensors behind', () => {
    expect(tensorsLeft).toBe(0);
  });
});
