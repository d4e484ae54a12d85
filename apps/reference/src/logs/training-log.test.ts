import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pgd } from '@groundstate/attacks';
import { standard } from '@groundstate/baselines';
import { type Examples, examplesFromArrays, l2 } from '@groundstate/core';
import { mlp } from '@groundstate/models';
import { type Checkpoint, fit, robustValidation } from '@groundstate/training';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LogEvent } from './log-event';
import { readEvents } from './read-events';
import { trainingLog } from './training-log';

let base = '';
let tensors = 0;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'groundstate-training-log-'));
  tensors = tf.memory().numTensors;
});
afterAll(async () => {
  expect(tf.memory().numTensors).toBe(tensors);
  await rm(base, { recursive: true, force: true });
});

/** Twelve points on a line, of two classes. */
const examples: Examples = examplesFromArrays({
  inputs: Float32Array.from({ length: 12 }, (_, i) => i / 12),
  labels: Int32Array.from({ length: 12 }, (_, i) => Number(i > 5)),
  shape: [1],
});
const validation = robustValidation({ examples, attack: pgd({ steps: 1 }), threat: { norm: l2(), epsilon: 0.1 } });
const said: string[] = [];

/** Two epochs of three steps, with a checkpoint after each step, before and after each validation. */
async function train(folder: string, resume?: Checkpoint): Promise<Checkpoint[]> {
  const model = mlp({ inputShape: [1], hidden: [], classes: 2, seed: 1 });
  const checkpoints: Checkpoint[] = [];
  const log = await trainingLog(folder, resume?.history, (line) => said.push(line));
  try {
    const history = await fit(model, examples, standard(), {
      epochs: 2,
      batchSize: 4,
      seed: 3,
      validation,
      checkpointEvery: 1,
      onCheckpoint: (checkpoint) => void checkpoints.push(checkpoint),
      onProgress: log.progress,
      onEvent: log.event,
      ...(resume ? { resume } : {}),
    });
    log.trained(history, 1.5);
  } finally {
    model.dispose();
  }
  return checkpoints;
}

const eventsOf = async (folder: string): Promise<object[]> => (await readEvents(folder)).events.map(({ at, ...entry }: LogEvent) => entry);

it('an interrupted training logs what an undisturbed one does, wherever it was killed', async () => {
  const whole = join(base, 'whole');
  const checkpoints = await train(whole);
  const wanted = await eventsOf(whole);
  expect(wanted.map((event) => Object.values(event).slice(0, 2))).toEqual([
    ['step', 1],
    ['step', 2],
    ['step', 3],
    ['validation', 3],
    ['step', 4],
    ['step', 5],
    ['step', 6],
    ['validation', 6],
    ['trained', 6],
  ]);
  // Six after steps, two after validations.
  expect(checkpoints.map((checkpoint) => [checkpoint.history.steps, checkpoint.history.epochs.length])).toEqual([
    [1, 0],
    [2, 0],
    [3, 0],
    [3, 1],
    [4, 1],
    [5, 1],
    [6, 1],
    [6, 2],
  ]);
  for (const [i, checkpoint] of checkpoints.entries()) {
    // The kill came as late as can be: everything was logged, and this checkpoint is the last.
    const folder = join(base, `killed-${i}`);
    await cp(whole, folder, { recursive: true });
    await train(folder, checkpoint);
    const { steps } = checkpoint.history;
    const events = await eventsOf(folder);
    expect(events.filter((event) => 'kind' in event && event.kind !== 'resumed')).toEqual(wanted);
    expect(events).toContainEqual({ kind: 'resumed', step: steps });
  }
  expect(said).toEqual([]);
});

it('a new training in a folder with an old log begins anew', async () => {
  const folder = join(base, 'twice');
  await train(folder);
  const once = await eventsOf(folder);
  await train(folder);
  expect(await eventsOf(folder)).toEqual(once);
});

it('the last sound step before a divergence is logged, whichever it is', async () => {
  const folder = join(base, 'diverged');
  const log = await trainingLog(folder, undefined, (line) => said.push(line));
  const at = (step: number) => ({ epoch: 1, epochs: 1, step, steps: 1000, learningRate: 1, terms: { loss: step } });
  for (let step = 1; step <= 13; step++) log.progress(at(step));
  log.diverged();
  // Every fifth of a thousand, and the thirteenth.
  expect((await readEvents(folder)).events.map((event) => event.step)).toEqual([1, 5, 10, 13]);
  // What is trained again after a checkpoint at 13 logs only the steps whose turn it is.
  const history = { steps: 13, epochs: [] } as unknown as Checkpoint['history'];
  await trainingLog(folder, history, (line) => said.push(line));
  expect((await readEvents(folder)).events.map((event) => [event.kind, event.step])).toEqual([
    ['step', 1],
    ['step', 5],
    ['step', 10],
    ['resumed', 13],
  ]);
  expect(said).toEqual([]);
});
