import { type Defence, type Examples, linear, linf, pieces, sum } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  adversarialDefence,
  cleanDefence,
  drawingModel,
  entropyObjective,
  littleAttack,
  littleImages,
  littleModel,
  rememberingDescent,
  type Trained,
  train,
  twoClouds,
} from '../tests/toys';
import { adam } from './adam';
import { composed } from './augmentations/composed';
import { horizontalFlip } from './augmentations/horizontal-flip';
import { randomShift } from './augmentations/random-shift';
import { fit } from './fit';
import type { FitOptions, FitProgress } from './fit-options';
import { robustValidation } from './robust-validation';
import { sgd } from './sgd';
import { weightAverage } from './weight-average';

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(tensorsBefore));

it('learns a separable problem, and the history says so', async () => {
  const model = littleModel();
  const examples = twoClouds(40);
  const { epochs, steps, forwards, backwards } = await fit(model, examples, cleanDefence(), {
    epochs: 25,
    seed: 0,
    batchSize: 8,
    learningRate: 0.05,
  });
  const losses = epochs.map(({ terms }) => terms.cleanLoss!);
  expect(losses.at(-1)!).toBeLessThan(0.1);
  expect(losses.at(-1)!).toBeLessThan(losses[0]! / 3);
  // One gradient evaluation an example and epoch: 25 x 40 passes of each kind, in 25 x 5 steps.
  expect([epochs.length, steps, forwards, backwards]).toEqual([25, 125, 1000, 1000]);
  const { inputs, labels } = await examples.read(Int32Array.from({ length: 40 }, (_, i) => i));
  const wrong = tf.tidy(() => tf.sum(tf.cast(tf.notEqual(tf.argMax(model.logits(inputs), 1), labels), 'int32')).dataSync()[0]);
  expect(wrong).toBe(0);
  tf.dispose([inputs, labels]);
  model.dispose();
});

it('two runs of one seed are equal bit for bit, with checkpoints and without; another seed gives another run', async () => {
  const options = { epochs: 2, seed: 4, batchSize: 3 };
  const first = await train(adversarialDefence(), options);
  const { checkpoints: _often, ...watched } = await train(adversarialDefence(), { ...options, checkpointEvery: 1, onProgress: () => {} });
  const model = littleModel();
  const history = await fit(model, twoClouds(), adversarialDefence(), options);
  model.dispose();
  expect(watched).toEqual({ bits: first.bits, history: first.history });
  expect(history).toEqual(first.history);
  const other = await train(adversarialDefence(), { ...options, seed: 5 });
  expect(other.bits).not.toEqual(first.bits);
});

it('visits every example once an epoch, in an order of its own each, and all of a batch again for a replay', async () => {
  const model = littleModel();
  const examples = twoClouds(10);
  const read: number[][] = [];
  const spied: Examples = {
    ...examples,
    read: (positions) => {
      read.push(Array.from(positions));
      return examples.read(positions);
    },
  };
  const events: FitProgress[] = [];
  const defence = { ...cleanDefence(), replays: 3 };
  const history = await fit(model, spied, defence, { epochs: 2, seed: 0, batchSize: 4, onProgress: (event) => events.push(event) });
  expect(read.map((batch) => batch.length)).toEqual([4, 4, 2, 4, 4, 2]);
  const orders = [read.slice(0, 3).flat(), read.slice(3).flat()];
  for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(orders[0]).not.toEqual(orders[1]);
  expect([history.steps, history.backwards]).toEqual([18, 60]);
  expect(events.map(({ step }) => step)).toEqual(Array.from({ length: 18 }, (_, i) => i + 1));
  expect(events[0]).toMatchObject({ epoch: 1, epochs: 2, steps: 18 });
  model.dispose();
});

it('where a run is cut into epochs changes nothing but its history', async () => {
  // Seven by two: four batches a turn, and twelve steps in all, with draws of attack and augmentation, and an average.
  const run = (epochs: number, stepsPerEpoch?: number): Promise<Trained> =>
    train(adversarialDefence(), {
      epochs,
      seed: 4,
      batchSize: 2,
      learningRate: linear(0.05, 0.01),
      optimiser: adam({ beta1: linear(0.9, 0.5) }),
      averaging: weightAverage({ decay: 0.8 }),
      augmentation: (inputs, noise) => tf.add(inputs, tf.mul(noise.normal([2]), 0.01)),
      ...(stepsPerEpoch === undefined ? {} : { stepsPerEpoch }),
    });
  const whole = await run(3);
  for (const [epochs, steps] of [
    [3, 4],
    [2, 6],
    [12, 1],
    [1, 12],
  ] as const) {
    const { bits, history } = await run(epochs, steps);
    expect(bits).toEqual(whole.bits);
    expect(history.epochs).toHaveLength(epochs);
    expect([history.steps, history.gradientEvaluations]).toEqual([12, whole.history.gradientEvaluations]);
  }
});

it('the mean of an epoch weighs its smaller last batch by its size', async () => {
  const model = littleModel();
  const seen: number[] = [];
  const onProgress = ({ terms }: FitProgress): void => {
    seen.push(terms.cleanLoss!);
  };
  // 7 examples by 3: batches of 3, 3 and 1.
  const { epochs } = await fit(model, twoClouds(7), cleanDefence(), { epochs: 1, seed: 0, batchSize: 3, learningRate: 0.5, onProgress });
  expect(epochs[0]!.terms.cleanLoss).toBeCloseTo((3 * seen[0]! + 3 * seen[1]! + seen[2]!) / 7, 12);
  model.dispose();
});

it('follows the schedule of the learning rate: that of the share of the training done before the step', async () => {
  const model = littleModel();
  const rates: number[] = [];
  const onProgress = ({ learningRate }: FitProgress): void => {
    rates.push(learningRate);
  };
  const options = { epochs: 2, seed: 0, batchSize: 4, onProgress };
  // Four steps: their shares of the training are 0, 1/4, 1/2 and 3/4.
  const { epochs } = await fit(model, twoClouds(7), cleanDefence(), { ...options, learningRate: linear(1, 0) });
  expect(rates).toEqual([1, 0.75, 0.5, 0.25]);
  expect(epochs.map(({ learningRate }) => learningRate)).toEqual([0.75, 0.25]);
  await fit(model, twoClouds(7), cleanDefence(), { ...options, learningRate: pieces([0, 2], [0.5, 3]) });
  expect(rates.slice(4)).toEqual([2, 2, 3, 3]);
  model.dispose();
});

it('takes the step of its optimiser at the learning rate it was given', async () => {
  // Plain descent from one batch: w - rate g, so the step is in proportion to the rate.
  const stepAt = async (learningRate: number): Promise<number[]> => {
    const model = littleModel();
    const start = Array.from(model.weights['output/bias']!.dataSync());
    await fit(model, twoClouds(), cleanDefence(), { epochs: 1, seed: 0, optimiser: sgd(), learningRate });
    const step = Array.from(model.weights['output/bias']!.dataSync(), (value, i) => value - start[i]!);
    model.dispose();
    return step;
  };
  const [one, two] = [await stepAt(0.5), await stepAt(1)];
  for (const [i, value] of one.entries()) expect(two[i]! / value).toBeCloseTo(2, 4);
});

it('holds the same number of tensors after every step', async () => {
  const model = littleModel();
  const counts: number[] = [];
  const onProgress = (): void => {
    counts.push(tf.memory().numTensors);
  };
  await fit(model, twoClouds(), adversarialDefence(), { epochs: 6, seed: 0, batchSize: 7, checkpointEvery: 1, onProgress });
  expect(counts.length).toBe(6);
  expect(new Set(counts).size).toBe(1);
  model.dispose();
});

it('holds the same number of tensors after every one of many steps, with everything on, and frees all in the end', async () => {
  const model = drawingModel(1);
  const counts = new Map<number, number>();
  const bytes = new Set<number>();
  const onProgress = ({ step }: FitProgress): void => {
    // By the place in the epoch: the two batches are of two sizes, and the best weights come with the first validation.
    if (step > 8) counts.set(tf.memory().numTensors, (counts.get(tf.memory().numTensors) ?? 0) + 1);
    if (step > 8 && step % 4 === 1) bytes.add(tf.memory().numBytes);
  };
  const threat = { norm: linf(), epsilon: 0.05 };
  const history = await fit(model, littleImages(6), defence(), {
    epochs: 40,
    seed: 0,
    batchSize: 3,
    optimiser: adam({ weightDecay: 0.01 }),
    clipNorm: 0.5,
    averaging: weightAverage({ decay: 0.9 }),
    unlabelled: { examples: littleImages(4, 9), batchSize: 2 },
    augmentation: composed(randomShift({ pixels: 1 }), horizontalFlip()),
    validation: robustValidation({ examples: littleImages(4, 30), attack: littleAttack(), threat }),
    checkpointEvery: 1,
    onProgress,
  });
  expect(history.steps).toBe(160);
  expect([...counts.values()]).toEqual([152]);
  expect(bytes.size).toBe(1);
  model.dispose();
});

const defence = (): Defence => ({
  ...adversarialDefence(),
  objective: sum(adversarialDefence().objective, entropyObjective()),
  descent: rememberingDescent(),
  replays: 2,
});

it('says what is wrong with its arguments, before it changes anything', async () => {
  const model = littleModel();
  const attempt = (options: Partial<FitOptions>, examples = twoClouds(), replays = 1): Promise<unknown> =>
    fit(model, examples, { ...cleanDefence(), replays }, { epochs: 1, seed: 0, ...options });
  await expect(attempt({ epoch: 1 } as Partial<FitOptions>)).rejects.toThrow(
    /^fit: expected `option` to be one of 'epochs', .* got "epoch"/,
  );
  await expect(attempt({ epochs: 0 })).rejects.toThrow('fit: expected `epochs` to be an integer of at least 1, got 0.');
  await expect(attempt({ seed: 0.5 })).rejects.toThrow('fit: expected `seed` to be an integer, got 0.5.');
  await expect(attempt({ batchSize: 0 })).rejects.toThrow('fit: expected `batchSize` to be an integer of at least 1, got 0.');
  await expect(attempt({ stepsPerEpoch: 0 })).rejects.toThrow('fit: expected `stepsPerEpoch` to be an integer of at least 1, got 0.');
  await expect(attempt({ checkpointEvery: 0 })).rejects.toThrow('fit: expected `checkpointEvery` to be an integer of at least 1, got 0.');
  for (const [checkpointEvery, words] of [
    [{ steps: 0 }, '`checkpointEvery.steps` to be an integer of at least 1, got 0.'],
    [{ seconds: 0 }, '`checkpointEvery.seconds` to be a finite number above 0, got 0.'],
    [{ steps: 2, seconds: 1 }, '`checkpointEvery` to be given in steps or in seconds, got "both". Choose one of the two.'],
    [null, '`checkpointEvery` to be an integer of at least 1, got null.'],
    [{ minutes: 1 }, "`option` to be one of 'steps', 'seconds', got \"minutes\"."],
  ] as const) {
    await expect(attempt({ checkpointEvery: checkpointEvery as unknown as { steps: number } })).rejects.toThrow(words);
  }
  await expect(attempt({ learningRate: 0 })).rejects.toThrow('fit: expected `learningRate` to be a finite number above 0, got 0.');
  await expect(attempt({}, twoClouds(0))).rejects.toThrow('fit: expected `examples` to be at least one example, got 0.');
  await expect(attempt({}, twoClouds(), 0)).rejects.toThrow('fit: expected `defence.replays` to be an integer of at least 1, got 0.');
  model.dispose();
});
