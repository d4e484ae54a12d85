import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Defence, l2, subset } from '@groundstate/core';
import { syntheticDigits } from '@groundstate/datasets';
import { mlp } from '@groundstate/models';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRun } from '../run-directory';
import { trainUnit } from './train-unit';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-diverged-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Finite in the first third of the training, and no number afterwards. */
const breaking: Defence = {
  name: 'breaking',
  objective: {
    name: 'breaking',
    terms: ['size'],
    evaluate: ({ model, labelled, progress }) => ({
      size: tf.mul(tf.mean(tf.square(model.logits(labelled.inputs, { mode: 'training' }))), progress < 0.3 ? 1 : Number.NaN) as tf.Scalar,
    }),
  },
};

it('a loss that is no number stops the training, names the step and the way out, and leaves the last checkpoint', async () => {
  const before = tf.memory().numTensors;
  const digits = await syntheticDigits({ seed: 0, train: 8, test: 4 }).load('train');
  const train = subset(digits, Int32Array.of(0, 1, 2, 3));
  const directory = await createRun(join(folder, 'run'), { pipeline: 'mnist' });
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const console = { say, task: () => ({ at: () => undefined, finish: say, fail: say }) };
  const plan = { key: 'standard', defence: breaking, seed: 0, epochs: 3, batchSize: 4, training: 1e-3, attacks: [], attackSeed: 0 };
  const bench = { directory, console, signal: new AbortController().signal, train, test: train, threat: { norm: l2(), epsilon: 1 } };
  // One step an epoch, and a checkpoint at the end of each.
  const training = trainUnit(plan, mlp({ inputShape: [28, 28, 1], hidden: [4], classes: 10 }), bench);
  await expect(training).rejects.toMatchObject({
    code: 'diverged',
    message: expect.stringMatching(
      /^fit: expected `size` to be a finite number, got NaN in epoch 2, step 2\. .*Try a smaller learning rate/,
    ),
  });
  expect(said.filter((line) => !line.startsWith('logs'))).toEqual([
    'standard: diverged while training',
    'standard: the checkpoint after step 1 stands; --resume comes to the same end, other settings (a smaller learning rate, first of all) need a new run',
  ]);
  expect(await readdir(join(folder, 'run', 'work', 'standard', 'checkpoints'))).toEqual(['checkpoint-000000001.safetensors']);
  expect((await readdir(join(folder, 'run'))).includes('models')).toBe(false);
  expect(tf.memory().numTensors).toBe(before);
  await directory.release();
});
