import { cosine, type Defence, pieces } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adversarialDefence, centringModel, cleanDefence, littleModel, rememberingDescent, train } from '../tests/toys';
import { adam } from './adam';
import type { Checkpoint } from './checkpoint';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint-file';
import type { FitOptions, FitProgress } from './fit-options';
import { sgd } from './sgd';

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(tensorsBefore));

/** Seven examples by three: batches of 3, 3 and 1; six steps in two epochs. */
const usual = { epochs: 2, seed: 3, batchSize: 3, learningRate: cosine(0.05, 0) } as const;
const throughBytes = async (checkpoint: Checkpoint): Promise<Checkpoint> => decodeCheckpoint(await encodeCheckpoint(checkpoint), 'memory');

const runs: readonly (readonly [string, () => Defence, Partial<FitOptions>])[] = [
  ['adam', cleanDefence, { optimiser: adam() }],
  ['sgd with momentum', cleanDefence, { optimiser: sgd({ momentum: 0.9 }) }],
  ["Nesterov's momentum at a fixed rate", cleanDefence, { optimiser: sgd({ momentum: 0.9, nesterov: true }), learningRate: 0.1 }],
  ['an adversary', adversarialDefence, {}],
  [
    'steps that are no turn of the examples, and a course of the mean',
    cleanDefence,
    { stepsPerEpoch: 3, batchSize: 2, optimiser: adam({ beta1: pieces([0, 0.9], [0.5, 0.5]), weightDecay: 0.1 }) },
  ],
  ['an adversary and replays', () => ({ ...adversarialDefence(), replays: 2 }), { optimiser: sgd({ momentum: 0.9 }) }],
  ['a descent with a memory', () => ({ ...cleanDefence(), descent: rememberingDescent() }), {}],
  ['a memory, an adversary and replays', () => ({ ...adversarialDefence(), descent: rememberingDescent(), replays: 2 }), {}],
];

describe.each(runs)('with %s', (_name, defence, changes) => {
  const options: FitOptions = { ...usual, ...changes };

  it('a run goes on from any of its checkpoints as if it had never stopped, in a model of other weights', async () => {
    const whole = await train(defence(), { ...options, checkpointEvery: 1 });
    expect(whole.checkpoints).toHaveLength(8);
    for (const [i, checkpoint] of whole.checkpoints.entries()) {
      const rest = await train(defence(), { ...options, checkpointEvery: 1, resume: await throughBytes(checkpoint) }, () =>
        littleModel(99),
      );
      expect(rest.bits).toEqual(whole.bits);
      expect(rest.history).toEqual(whole.history);
      expect(rest.checkpoints).toEqual(whole.checkpoints.slice(i + 1));
    }
  });

  it('a run that is aborted in any step rejects, leaves a checkpoint, and goes on from it', async () => {
    const whole = await train(defence(), options);
    for (let stop = 1; stop <= whole.history.steps; stop++) {
      const controller = new AbortController();
      const given: Checkpoint[] = [];
      const events: number[] = [];
      const onProgress = ({ step }: FitProgress): void => {
        events.push(step);
        if (step === stop) controller.abort();
      };
      const onCheckpoint = async (checkpoint: Checkpoint): Promise<void> => {
        given.push(await throughBytes(checkpoint));
      };
      const attempt = train(defence(), { ...options, signal: controller.signal, onProgress, onCheckpoint });
      await expect(attempt).rejects.toMatchObject({ code: 'aborted', message: 'fit: stopped by the signal it was given.' });
      // The replays of a batch stay together: with two, an abort in the first takes effect behind the second.
      const replays = defence().replays ?? 1;
      expect(events.at(-1)).toBe(Math.ceil(stop / replays) * replays);
      const rest = await train(defence(), { ...options, resume: given.at(-1)! }, () => littleModel(99));
      expect(rest).toMatchObject({ bits: whole.bits, history: whole.history });
    }
  });
});

it('resuming the checkpoint of the very end returns its history at once', async () => {
  const { bits, history, checkpoints } = await train(adversarialDefence(), usual);
  const last = checkpoints.at(-1)!;
  expect(last.position).toMatchObject({ epoch: 2, batch: 0, optimiserStep: 6, seen: 0 });
  const onProgress = (): void => expect.unreachable('there is nothing left to do');
  const again = await train(adversarialDefence(), { ...usual, resume: last, onProgress }, () => littleModel(99));
  expect(again).toEqual({ bits, history, checkpoints: [] });
});

it('buffers that passes in training mode write are restored with the weights', async () => {
  const whole = await train(cleanDefence(), { ...usual, checkpointEvery: 1 }, () => centringModel(1));
  expect(Object.keys(whole.checkpoints[0]!.tensors)).toContain('buffers/mean');
  const means = whole.checkpoints.map(({ tensors }) => tensors['buffers/mean']!.values.join());
  expect(new Set(means).size).toBe(usual.epochs * 3);
  for (const checkpoint of whole.checkpoints) {
    const rest = await train(cleanDefence(), { ...usual, resume: await throughBytes(checkpoint) }, () => centringModel(5));
    expect(rest).toMatchObject({ bits: whole.bits, history: whole.history });
  }
});

it('checkpoints come after every epoch and every so many steps, never between the replays of a batch', async () => {
  const positions = async (defence: Defence, checkpointEvery?: number): Promise<string[]> => {
    const { checkpoints } = await train(defence, { ...usual, ...(checkpointEvery ? { checkpointEvery } : {}) });
    return checkpoints.map(({ position: { epoch, batch, optimiserStep } }) => `${optimiserStep}: ${epoch}/${batch}`);
  };
  expect(await positions(cleanDefence())).toEqual(['3: 1/0', '6: 2/0']);
  expect(await positions(cleanDefence(), 2)).toEqual(['2: 0/2', '3: 1/0', '4: 1/1', '6: 1/3', '6: 2/0']);
  expect(await positions({ ...cleanDefence(), replays: 2 }, 3)).toEqual(['4: 0/2', '6: 0/3', '6: 1/0', '10: 1/2', '12: 1/3', '12: 2/0']);
});

it('checkpoints by the clock come at ends of batches, and change nothing', async () => {
  const whole = await train(adversarialDefence(), usual);
  const often = await train(adversarialDefence(), { ...usual, checkpointEvery: { seconds: 1e-9 } });
  expect(often.checkpoints.map(({ position }) => position.optimiserStep)).toEqual([1, 2, 3, 3, 4, 5, 6, 6]);
  const rarely = await train(adversarialDefence(), { ...usual, checkpointEvery: { seconds: 1e6 } });
  expect(rarely).toEqual(whole);
  expect(often).toMatchObject({ bits: whole.bits, history: whole.history });
  const bySteps = await train(adversarialDefence(), { ...usual, checkpointEvery: { steps: 2 } });
  expect(bySteps).toEqual(await train(adversarialDefence(), { ...usual, checkpointEvery: 2 }));
});
