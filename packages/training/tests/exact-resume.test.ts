import '@tensorflow/tfjs-backend-wasm';
import { cosine, type Defence, linear, linf, sum } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  adam,
  type Checkpoint,
  composed,
  decodeCheckpoint,
  encodeCheckpoint,
  type FitOptions,
  fit,
  type History,
  horizontalFlip,
  randomShift,
  robustValidation,
  sgd,
  weightAverage,
} from '../src/index';
import { adversarialDefence, bitsOf, drawingModel, entropyObjective, littleAttack, littleImages, rememberingDescent } from './toys';

/**
 * A process may die at any moment. Here a callback throws instead (the n-th call of any of them, a checkpoint that is being
 * written included), the run is thrown away, and a new one goes on from the bytes of the last checkpoint that was written.
 */

const labelled = littleImages(7);
const kernels = (name: string): boolean => name === 'kernel';

type Choice = {
  readonly optimiser: 'adam' | 'sgd';
  readonly averaging: boolean;
  readonly clipping: boolean;
  readonly select: 'none' | 'best' | 'last';
  readonly stopping: boolean;
  readonly unlabelled: boolean;
  readonly augmentation: boolean;
  readonly memory: boolean;
  readonly replays: number;
  readonly checkpointEvery: number;
  /** Of two batches a turn, unless an epoch has so many. */
  readonly stepsPerEpoch: number | undefined;
};
const everything: Choice = {
  optimiser: 'adam',
  averaging: true,
  clipping: true,
  select: 'best',
  stopping: true,
  unlabelled: true,
  augmentation: true,
  memory: true,
  replays: 2,
  checkpointEvery: 3,
  stepsPerEpoch: 3,
};

function defenceOf({ memory, replays }: Choice): Defence {
  const objective = sum(adversarialDefence().objective, entropyObjective());
  return { name: 'all', objective, replays, ...(memory ? { descent: rememberingDescent() } : {}) };
}

function optionsOf(choice: Choice): FitOptions {
  const threat = { norm: linf(), epsilon: 0.05 };
  const validation = robustValidation({ examples: littleImages(16, 50), attack: littleAttack(), threat, seed: 8, batchSize: 6 });
  return {
    epochs: 3,
    seed: 5,
    batchSize: 4,
    learningRate: cosine(0.2, 0.01),
    checkpointEvery: choice.checkpointEvery,
    optimiser:
      choice.optimiser === 'adam'
        ? adam({ weightDecay: 0.1, beta1: linear(0.9, 0.5) })
        : sgd({ momentum: 0.9, nesterov: true, weightDecay: 0.01, decay: kernels }),
    ...(choice.stepsPerEpoch === undefined ? {} : { stepsPerEpoch: choice.stepsPerEpoch }),
    ...(choice.averaging ? { averaging: weightAverage({ decay: 0.8, warmup: true }) } : {}),
    ...(choice.clipping ? { clipNorm: 0.4 } : {}),
    ...(choice.select === 'none' ? {} : { validation, select: choice.select }),
    ...(choice.stopping && choice.select !== 'none' ? { stop: { patience: 2, margin: 0.01 } } : {}),
    ...(choice.unlabelled ? { unlabelled: { examples: littleImages(5, 20), batchSize: 2 } } : {}),
    ...(choice.augmentation ? { augmentation: composed(randomShift({ pixels: 1 }), horizontalFlip()) } : {}),
  };
}

type Outcome = { readonly bits: ReturnType<typeof bitsOf>; readonly history: History };
/** What survives a death. */
type Disk = { bytes?: Uint8Array };

/** Runs until it is done (an outcome) or dies in call `death` of a callback (nothing); `calls` says how many there were. */
async function live(
  choice: Choice,
  disk: Disk,
  seed: number,
  death = Number.POSITIVE_INFINITY,
): Promise<{ outcome?: Outcome; calls: number }> {
  const model = drawingModel(seed);
  let calls = 0;
  const step = (): void => {
    if (++calls === death) throw new Error('killed');
  };
  const onCheckpoint = async (checkpoint: Checkpoint): Promise<void> => {
    step();
    disk.bytes = await encodeCheckpoint(checkpoint);
  };
  try {
    const resume = disk.bytes ? { resume: await decodeCheckpoint(disk.bytes, 'memory') } : {};
    const options = { ...optionsOf(choice), ...resume, onCheckpoint, onProgress: step, onEvent: step };
    const history = await fit(model, labelled, defenceOf(choice), options);
    return { outcome: { bits: bitsOf(model), history }, calls };
  } catch (error) {
    if ((error as Error).message !== 'killed') throw error;
    return { calls };
  } finally {
    model.dispose();
  }
}

type Undisturbed = { readonly outcome: Outcome; readonly bytes: Uint8Array; readonly calls: number };
const undisturbed = new Map<string, Promise<Undisturbed>>();

function withoutDeath(choice: Choice): Promise<Undisturbed> {
  const key = JSON.stringify([tf.getBackend(), choice]);
  const run = async (): Promise<Undisturbed> => {
    const disk: Disk = {};
    const { outcome, calls } = await live(choice, disk, 1);
    return { outcome: outcome!, bytes: disk.bytes!, calls };
  };
  undisturbed.set(key, undisturbed.get(key) ?? run());
  return undisturbed.get(key)!;
}

/** Dies in some call out of all those of an undisturbed run, goes on, perhaps dies again, and goes on to the end. */
async function expectExact(choice: Choice, deaths: readonly number[]): Promise<void> {
  const { outcome, bytes, calls } = await withoutDeath(choice);
  const disk: Disk = {};
  // Before the first checkpoint there is nothing to go on from: the run begins anew, with the weights it had.
  const seed = (): number => (disk.bytes ? 9 : 1);
  for (const death of deaths) await live(choice, disk, seed(), 1 + (death % calls));
  const last = await live(choice, disk, seed());
  expect(last.outcome).toEqual(outcome);
  // Everything that it was told to hold as well, down to the bytes.
  expect(disk.bytes).toEqual(bytes);
}

const choices: fc.Arbitrary<Choice> = fc.record({
  optimiser: fc.constantFrom('adam' as const, 'sgd' as const),
  averaging: fc.boolean(),
  clipping: fc.boolean(),
  select: fc.constantFrom('none' as const, 'best' as const, 'last' as const),
  stopping: fc.boolean(),
  unlabelled: fc.boolean(),
  augmentation: fc.boolean(),
  memory: fc.boolean(),
  replays: fc.integer({ min: 1, max: 2 }),
  checkpointEvery: fc.integer({ min: 1, max: 9 }),
  stepsPerEpoch: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
});
const deaths = fc.array(fc.nat(), { minLength: 1, maxLength: 2 });

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  let tensorsBefore = 0;
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  afterAll(async () => {
    await tf.setBackend('cpu');
  });
  beforeEach(() => {
    tensorsBefore = tf.memory().numTensors;
  });
  afterEach(() => expect(tf.memory().numTensors).toBe(tensorsBefore));

  it('the run with everything uses everything', async () => {
    expect(tf.getBackend()).toBe(backend);
    const { outcome, bytes } = await withoutDeath(everything);
    const { position, tensors } = await decodeCheckpoint(bytes, 'memory');
    const { epochs, selected, gradientEvaluations } = outcome.history;
    expect(epochs.map(({ clipped }) => clipped! > 0 && clipped! < 1)).toContain(true);
    expect(new Set(epochs.map(({ validation }) => validation!.robust)).size).toBeGreaterThan(1);
    expect(selected!.epoch).toBeLessThan(epochs.length);
    expect(gradientEvaluations.validation).toBeGreaterThan(0);
    expect(position.unlabelled!.epoch).toBeGreaterThan(1);
    const groups = new Set(Object.keys(tensors).map((name) => name.split('/')[0]));
    expect(groups).toEqual(new Set(['weights', 'buffers', 'optimiser', 'memory', 'average', 'best']));
  });

  it('with everything, a run that dies at any moment goes on to the very weights, history and checkpoint of one that did not', async () => {
    const { calls } = await withoutDeath(everything);
    const property = fc.asyncProperty(fc.integer({ min: 0, max: calls - 1 }), (death) => expectExact(everything, [death]));
    await fc.assert(property, { numRuns: 8, seed: 3 });
  });

  it('with any of it, and however often it dies', async () => {
    await fc.assert(fc.asyncProperty(choices, deaths, expectExact), { numRuns: backend === 'cpu' ? 10 : 6, seed: 2 });
  });
});
