import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { standard } from '@groundstate/baselines';
import { type Examples, examplesFromArrays, l2 } from '@groundstate/core';
import { mlp } from '@groundstate/models';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Console } from '../console/progress';
import { readEvents } from '../logs/read-events';
import { createRun, type RunDirectory } from '../run-directory';
import type { Bench, UnitPlan } from './plan';
import { trainUnit } from './train-unit';

let folder = '';
let directory: RunDirectory<object>;
let said: string[] = [];
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'groundstate-train-unit-')), 'run');
  directory = await createRun(folder, {});
  said = [];
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

const examples: Examples = examplesFromArrays({
  inputs: Float32Array.from({ length: 12 }, (_, i) => i / 12),
  labels: Int32Array.from({ length: 12 }, (_, i) => Number(i > 5)),
  shape: [1],
});
const plan: UnitPlan = {
  key: 'standard',
  defence: standard(),
  seed: 2,
  epochs: 2,
  batchSize: 4,
  training: 0.01,
  attacks: [],
  attackSeed: 0,
};
const threat = { norm: l2(), epsilon: 1 };

/** Trains a line; `onStep` sees the progress and may stop it. */
async function train(onStep: (step: number, stop: () => void) => void = () => undefined, changes: Partial<UnitPlan> = {}) {
  const controller = new AbortController();
  const task = {
    at: (step: number) => onStep(step, () => controller.abort()),
    finish: (line: string) => void said.push(line),
    fail: (line: string) => void said.push(line),
  };
  const console: Console = { say: (line) => void said.push(line), task: () => task };
  const bench: Bench = { directory, console, signal: controller.signal, train: examples, test: examples, threat };
  const model = mlp({ inputShape: [1], hidden: [], classes: 2, seed: 1 });
  const unit = await trainUnit({ ...plan, ...changes }, model, bench);
  model.dispose();
  return unit;
}
const logged = async (): Promise<(string | number)[][]> =>
  (await readEvents(directory.logs('standard'))).events.map(({ kind, step }) => [kind, step]);
const weights = (): Promise<string> => readFile(join(directory.model('standard'), 'weights.bin'), 'hex');
const steps = (from: number, to: number): (string | number)[][] => Array.from({ length: to - from + 1 }, (_, i) => ['step', from + i]);

describe('trainUnit', () => {
  it('leaves a log of its steps and of its end', async () => {
    const before = tf.memory().numTensors;
    const { gradientEvaluations } = await train();
    expect(await logged()).toEqual([...steps(1, 6), ['trained', 6]]);
    const { events } = await readEvents(directory.logs('standard'));
    expect(events.at(-1)).toMatchObject({ kind: 'trained', gradientEvaluations });
    // 0.01, and a tenth of it for the last quarter: from the step that begins at 5 / 6.
    expect(events.slice(0, 6).map((event) => event.kind === 'step' && event.learningRate)).toEqual([0.01, 0.01, 0.01, 0.01, 0.01, 0.001]);
    expect((await readdir(directory.logs('standard'))).map((file) => file.replace(/\d+/, 'n'))).toEqual([
      'events.jsonl',
      'events.out.tfevents.n.groundstate-events',
    ]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('goes on with the log where it goes on with the training', async () => {
    await expect(train((step, stop) => step === 2 && stop())).rejects.toMatchObject({ code: 'aborted' });
    expect(await logged()).toEqual(steps(1, 2));
    await train();
    expect(await logged()).toEqual([...steps(1, 2), ['resumed', 2], ...steps(3, 6), ['trained', 6]]);
  });

  it('trains the same without a log, where none can be written, and says so once', async () => {
    await train();
    const wanted = await weights();
    await rm(folder, { recursive: true });
    directory = await createRun(folder, {});
    await mkdir(join(directory.logs('standard'), '..'), { recursive: true });
    await writeFile(directory.logs('standard'), 'a file in its place');
    said = [];
    await train();
    expect(said.filter((line) => line.endsWith('The work goes on without a log.'))).toHaveLength(1);
    expect(await weights()).toBe(wanted);
  });

  it('a disk that fills up in the midst of it costs the rest of the log, and nothing else', async () => {
    await train();
    const wanted = await weights();
    await rm(folder, { recursive: true });
    directory = await createRun(folder, {});
    said = [];
    const { readFileSync, rmSync, mkdirSync } = await import('node:fs');
    const events = join(directory.logs('standard'), 'events.jsonl');
    let kept = '';
    // A folder cannot be appended to, whoever tries: the call fails where it would on a full disk.
    await train((step) => {
      if (step !== 3) return;
      kept = readFileSync(events, 'utf8');
      rmSync(events);
      mkdirSync(events);
    });
    expect(kept.trim().split('\n')).toHaveLength(3);
    expect(said.filter((line) => line.includes('The work goes on without a log.'))).toHaveLength(1);
    expect(await weights()).toBe(wanted);
    expect(await directory.unit('standard')).toMatchObject({ gradientEvaluations: 24 });
  });

  it('a training that diverges says so, and its log ends with the last sound step', async () => {
    await expect(train(() => undefined, { training: 1e38 })).rejects.toMatchObject({ code: 'diverged' });
    expect(said).toContain('standard: diverged while training');
    for (const { kind } of (await readEvents(directory.logs('standard'))).events) expect(kind).toBe('step');
  });
});
