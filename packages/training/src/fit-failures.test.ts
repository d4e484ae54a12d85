import { type Defence, GroundstateError, linear, linf, pieces, type TrainableModel } from '@groundstate/core';
import { smoothModel } from '@groundstate/testing';
import type { Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  adversarialDefence,
  bitsOf,
  centringModel,
  cleanDefence,
  isFinitely,
  littleModel,
  rememberingDescent,
  train,
  twoClouds,
} from '../tests/toys';
import { adam } from './adam';
import { composed } from './augmentations/composed';
import { horizontalFlip } from './augmentations/horizontal-flip';
import type { Checkpoint } from './checkpoint';
import { fit } from './fit';
import type { FitOptions } from './fit-options';
import { sgd } from './sgd';
import { weightAverage } from './weight-average';

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(tensorsBefore));

const options: FitOptions = { epochs: 2, seed: 0, batchSize: 3 };

/** Runs into a failure and returns it; the model must be as it was behind the last step that counted. */
async function failing(model: TrainableModel, defence: Defence, changes: Partial<FitOptions>): Promise<unknown> {
  let last = bitsOf(model);
  const onProgress = (): void => {
    last = bitsOf(model);
  };
  const failure = await fit(model, twoClouds(), defence, { ...options, onProgress, ...changes }).catch((error: unknown) => error);
  expect(bitsOf(model)).toEqual(last);
  expect(isFinitely(model)).toBe(true);
  return failure;
}

it('a loss that is not finite rejects with the term, the epoch and the step, and the step does not count', async () => {
  // So large a first step that the logits overflow in the second.
  const model = littleModel();
  const defence = { ...cleanDefence(), descent: rememberingDescent() };
  const failure = await failing(model, defence, { optimiser: sgd({ momentum: 0.9 }), learningRate: 1e30 });
  expect(failure).toMatchObject({ code: 'diverged' });
  expect((failure as Error).message).toMatch(/^fit: expected `cleanLoss` to be a finite number, got (NaN|Infinity) in epoch 1, step 2\./);
  model.dispose();
});

/** Finite terms, whose gradient is not from the given share of the training on: that of sqrt(0 w) is 0 / 0. */
const rootOfNothing = (from: number): Defence => ({
  name: 'root',
  objective: {
    name: 'root',
    terms: ['root'],
    evaluate: ({ model, labelled, progress }) => {
      const logits = tf.mul(model.logits(labelled.inputs, { mode: 'training' }), progress < from ? 1 : 0);
      return { root: tf.sum(tf.sqrt(tf.abs(logits))) as Scalar };
    },
  },
});

it('weights that would not be finite are refused just so, though the terms are: a gradient may be NaN alone', async () => {
  const model = littleModel();
  const failure = await failing(model, rootOfNothing(0.5), {});
  expect(failure).toMatchObject({ code: 'diverged' });
  expect((failure as Error).message).toMatch(
    /^fit: expected the new weights and the state of the optimiser to be finite numbers, got NaN or infinity in epoch 2, step 4\./,
  );
  model.dispose();
});

it('a slot that overflows is a failure: Adam would hold its weight still from then on', async () => {
  const model = littleModel();
  // The gradient, 1e25, is finite, and so is the step; its square is not.
  const steep: Defence = {
    name: 'steep',
    objective: {
      name: 'steep',
      terms: ['steep'],
      evaluate: () => ({ steep: tf.mul(tf.sum(Object.values(model.weights)[0]!), 1e25) as Scalar }),
    },
  };
  const failure = await failing(model, steep, {});
  expect(failure).toMatchObject({ code: 'diverged', message: expect.stringContaining('the state of the optimiser') });
  model.dispose();
});

it('buffers come back too: the pass that diverged has written them already', async () => {
  const model = centringModel(1);
  expect(await failing(model, rootOfNothing(0.3), {})).toMatchObject({ code: 'diverged' });
  model.dispose();
});

it('an error of the objective, of the examples or of a callback is passed on as it is, and nothing is left behind', async () => {
  const error = new Error('mine');
  const fail = (): never => {
    throw error;
  };
  const model = littleModel();
  const examples = twoClouds();
  const objective = { ...cleanDefence().objective, evaluate: fail };
  await expect(fit(model, examples, { name: 'failing', objective }, options)).rejects.toBe(error);
  const prepared = { ...cleanDefence().objective, prepare: fail };
  await expect(fit(model, examples, { name: 'failing', objective: prepared }, options)).rejects.toBe(error);
  const optimiser = { ...sgd({ momentum: 0.9 }), update: fail };
  await expect(fit(model, examples, cleanDefence(), { ...options, optimiser })).rejects.toBe(error);
  const descent = { ...rememberingDescent(), init: fail };
  await expect(fit(model, examples, { ...cleanDefence(), descent }, options)).rejects.toBe(error);
  for (const callback of [{ onProgress: fail }, { onCheckpoint: fail }, { learningRate: fail }]) {
    await expect(fit(model, examples, adversarialDefence(), { ...options, ...callback })).rejects.toBe(error);
  }
  await expect(fit(model, { ...examples, read: fail }, cleanDefence(), options)).rejects.toBe(error);
  model.dispose();
});

it('a signal that fired before the start stops it before it changes anything', async () => {
  const model = littleModel();
  const before = bitsOf(model);
  const { checkpoints } = await train(cleanDefence(), options);
  const onProgress = (): void => expect.unreachable('it was stopped');
  for (const resume of [{}, { resume: checkpoints[0]! }]) {
    const attempt = fit(model, twoClouds(), cleanDefence(), { ...options, ...resume, onProgress, signal: AbortSignal.abort('enough') });
    await expect(attempt).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
  }
  expect(bitsOf(model)).toEqual(before);
  model.dispose();
});

it('refuses the checkpoint of another run, and names what differs', async () => {
  const { checkpoints } = await train(cleanDefence(), options);
  const resume = checkpoints[0]!;
  const model = littleModel(99);
  const before = bitsOf(model);
  const renamed = { ...model, name: 'other' };
  const attempts: readonly [string, Promise<unknown>][] = [
    ['seed 0 instead of 1', fit(model, twoClouds(), cleanDefence(), { ...options, resume, seed: 1 })],
    ['batchSize 3 instead of 4', fit(model, twoClouds(), cleanDefence(), { ...options, resume, batchSize: 4 })],
    ['epochs 2 instead of 3', fit(model, twoClouds(), cleanDefence(), { ...options, resume, epochs: 3 })],
    [
      'learningRate "0.001 0.001 0.001 0.001 0.001" instead of "1 0.75 0.5 0.25 0"',
      fit(model, twoClouds(), cleanDefence(), { ...options, resume, learningRate: linear(1, 0) }),
    ],
    ['examples 7 instead of 8', fit(model, twoClouds(8), cleanDefence(), { ...options, resume })],
    [
      'optimiser "adam(0.9, 0.999, 1e-8)" instead of "sgd(0)"',
      fit(model, twoClouds(), cleanDefence(), { ...options, resume, optimiser: sgd() }),
    ],
    [
      'defence "clean: clean-loss" instead of "adversarial: clean-loss + adversarial"',
      fit(model, twoClouds(), adversarialDefence(), { ...options, resume }),
    ],
    [
      'optimiser "adam(0.9, 0.999, 1e-8)" instead of "adam(0.9 0.5 from 0.67, 0.999, 1e-8)"',
      fit(model, twoClouds(), cleanDefence(), { ...options, resume, optimiser: adam({ beta1: pieces([0, 0.9], [2 / 3, 0.5]) }) }),
    ],
    ['descent "plain x1" instead of "plain x2"', fit(model, twoClouds(), { ...cleanDefence(), replays: 2 }, { ...options, resume })],
    ['model "smooth" instead of "other"', fit(renamed, twoClouds(), cleanDefence(), { ...options, resume })],
  ];
  for (const [difference, attempt] of attempts) {
    const failure = await attempt.catch((error: unknown) => error);
    expect(GroundstateError.is(failure)).toBe(true);
    expect((failure as Error).message).toContain(`expected \`resume\` to be a checkpoint of this very run, got one with ${difference}.`);
  }
  expect(bitsOf(model)).toEqual(before);
  model.dispose();
});

it('refuses the checkpoint of a model of other shapes, fewer weights or more, before it assigns anything', async () => {
  const { checkpoints } = await train(cleanDefence(), options);
  const whole = checkpoints[0]!;
  const attempt = async (model: TrainableModel, resume: Checkpoint, words: string): Promise<void> => {
    const before = bitsOf(model);
    await expect(fit(model, twoClouds(), cleanDefence(), { ...options, resume })).rejects.toThrow(words);
    expect(bitsOf(model)).toEqual(before);
  };
  const wider = smoothModel({ inputShape: [2], hidden: 4, classes: 2 });
  await attempt(
    wider,
    whole,
    'expected `resume` to hold weights/hidden/kernel of shape [2, 4], got shape [2, 3]. The model is not the one',
  );
  wider.dispose();
  const model = littleModel(99);
  const { 'weights/output/bias': last, ...rest } = whole.tensors;
  await attempt(model, { ...whole, tensors: rest }, 'expected `resume` to hold weights/output/bias of shape [2], got nothing.');
  const more = { ...whole.tensors, 'buffers/mean': last! };
  await attempt(model, { ...whole, tensors: more }, 'expected `resume` to hold what smooth has, got buffers/mean as well.');
  model.dispose();
});

it('refuses a checkpoint that was trained against another budget', async () => {
  const defence = adversarialDefence();
  const adversary = defence.objective.adversaries![0]!;
  const { checkpoints } = await train(defence, options);
  const weaker = { ...adversary, threat: { norm: linf(), epsilon: 0.01 } };
  const model = littleModel(99);
  const other = { ...defence, objective: { ...defence.objective, adversaries: [weaker] } };
  await expect(fit(model, twoClouds(), other, { ...options, resume: checkpoints[0]! })).rejects.toThrow(
    /got one with adversaries ".*" instead of ".*linf 0\.01, labelled, inference"/,
  );
  const warming = { ...adversary, warmUp: (progress: number) => progress };
  const warm = { ...defence, objective: { ...defence.objective, adversaries: [warming] } };
  await expect(fit(model, twoClouds(), warm, { ...options, resume: checkpoints[0]! })).rejects.toThrow(
    /instead of ".*linf [0-9.]+, times 0 0\.25 0\.5 0\.75 1, labelled, inference"/,
  );
  model.dispose();
});

it('a timer can stop a run: the loop lets the event loop in', async () => {
  const model = littleModel();
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 100);
  const endless = fit(model, twoClouds(), cleanDefence(), { ...options, epochs: 1e6, signal: controller.signal });
  await expect(endless).rejects.toMatchObject({ code: 'aborted' });
  model.dispose();
});

it('refuses weights, buffers and memories that a checkpoint cannot hold, before the first step', async () => {
  const model = centringModel(1);
  const steps = tf.tidy(() => tf.variable(tf.scalar(0, 'int32')));
  const counting = { ...model, buffers: { ...model.buffers, steps } };
  const before = bitsOf(model);
  const failure = await fit(counting, twoClouds(), cleanDefence(), options).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: 'unsupported',
    message: 'fit: expected `buffers/steps` to be float32, got int32. A checkpoint holds float32 alone; a count is exact in it up to 2^24.',
  });
  const descent = { ...rememberingDescent(), init: () => ({ seen: tf.scalar(true) }) };
  await expect(fit(model, twoClouds(), { ...cleanDefence(), descent }, options)).rejects.toThrow('expected `memory/seen` to be float32');
  expect(bitsOf(model)).toEqual(before);
  tf.dispose(steps);
  model.dispose();
});

it('refuses the checkpoint of a run with other features, and names the first that differs', async () => {
  const more: FitOptions = {
    ...options,
    optimiser: sgd({ weightDecay: 0.1, decay: (name) => name.endsWith('kernel') }),
    clipNorm: 1,
    averaging: weightAverage({ decay: 0.5 }),
    unlabelled: { examples: twoClouds(4), batchSize: 2 },
    augmentation: composed(),
  };
  const { checkpoints } = await train(cleanDefence(), more);
  const attempt = (changes: Partial<FitOptions>): Promise<unknown> =>
    train(cleanDefence(), { ...more, resume: checkpoints[0]!, ...changes });
  await expect(attempt({ optimiser: sgd({ weightDecay: 0.1 }) })).rejects.toThrow(
    'with undecayed "hidden/bias, output/bias" instead of none.',
  );
  await expect(attempt({ stepsPerEpoch: 2 })).rejects.toThrow('with stepsPerEpoch none instead of 2.');
  await expect(attempt({ clipNorm: 2 })).rejects.toThrow('with clipNorm 1 instead of 2.');
  await expect(attempt({ averaging: weightAverage() })).rejects.toThrow(
    'with averaging "weight-average(0.5)" instead of "weight-average(0.999)".',
  );
  const others = { examples: twoClouds(4), batchSize: 3 };
  await expect(attempt({ unlabelled: others })).rejects.toThrow(
    'with unlabelled "4 examples, batches of 2" instead of "4 examples, batches of 3".',
  );
  await expect(attempt({ augmentation: horizontalFlip() })).rejects.toThrow('with augmentation "nothing" instead of "horizontal-flip".');
  const { clipNorm: _, ...unclipped } = more;
  await expect(train(cleanDefence(), { ...unclipped, resume: checkpoints[0]! })).rejects.toThrow('with clipNorm 1 instead of none.');
});
