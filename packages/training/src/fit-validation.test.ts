import { GroundstateError } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bitsOf, centringModel, cleanDefence, littleModel, train, twoClouds } from '../tests/toys';
import type { Checkpoint } from './checkpoint';
import { fit } from './fit';
import type { FitEvent, FitOptions } from './fit-options';
import type { Validation } from './robust-validation';
import { weightAverage } from './weight-average';

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(tensorsBefore));

/** Says these robust accuracies one after the other, and looks at the model. */
function scripted(
  robust: readonly number[],
  changes: Partial<Validation> & { look?: (model: Parameters<Validation['validate']>[0]) => void } = {},
): Validation {
  let calls = 0;
  return {
    name: 'scripted',
    every: 1,
    validate: async (model) => {
      changes.look?.(model);
      return { clean: 0.9, robust: robust[calls++]!, forwards: 20, backwards: 10 };
    },
    ...changes,
  };
}
const options = { epochs: 5, seed: 1, batchSize: 3, learningRate: 0.1 } as const;
const rise = [0.1, 0.4, 0.3, 0.4, 0.2] as const;
const make = () => centringModel(1);

/** What a group of a checkpoint holds, as `bitsOf` has it. */
function wordsOf({ tensors }: Checkpoint, group = ''): Record<string, number[]> {
  const names: [string, string][] = [
    ['kernel', `${group}weights/kernel`],
    ['mean', `${group}buffers/mean`],
  ];
  return Object.fromEntries(names.map(([name, key]) => [name, Array.from(new Uint32Array(tensors[key]!.values.slice().buffer))]));
}

it('keeps the best epoch, ends with its weights and buffers, and says which; training goes on as it would without', async () => {
  const plain = await train(cleanDefence(), options, make);
  const events: FitEvent[] = [];
  const onEvent = (event: FitEvent): void => {
    events.push(event);
  };
  const run = await train(cleanDefence(), { ...options, validation: scripted(rise), onEvent }, make);
  // The second epoch; the fourth was as good, but later.
  expect(run.bits).toEqual(wordsOf(run.checkpoints[1]!));
  expect(run.bits).not.toEqual(plain.bits);
  expect(run.checkpoints.map((checkpoint) => wordsOf(checkpoint))).toEqual(plain.checkpoints.map((checkpoint) => wordsOf(checkpoint)));
  for (const [i, best] of [0, 1, 1, 1, 1].entries()) expect(wordsOf(run.checkpoints[i]!, 'best/')).toEqual(wordsOf(run.checkpoints[best]!));
  const { epochs, ...rest } = run.history;
  expect(epochs.map(({ validation }) => validation)).toEqual(rise.map((robust) => ({ clean: 0.9, robust })));
  expect(epochs.map(({ validation: _, ...entry }) => entry)).toEqual(plain.history.epochs);
  expect(rest).toEqual({
    steps: 15,
    forwards: plain.history.forwards,
    backwards: plain.history.backwards,
    gradientEvaluations: { training: plain.history.backwards, validation: 50 },
    best: { epoch: 2, clean: 0.9, robust: 0.4 },
    robustOverfitting: 0.2,
    selected: { epoch: 2, by: 'best' },
  });
  expect(events).toEqual([
    ...rise.map((robust, i) => ({ kind: 'validation', epoch: i + 1, clean: 0.9, robust, best: i < 2 })),
    { kind: 'selected', epoch: 2, by: 'best' },
  ]);
});

it("with select: 'last' it looks, tells, and keeps the last weights", async () => {
  const plain = await train(cleanDefence(), options, make);
  const run = await train(cleanDefence(), { ...options, validation: scripted(rise), select: 'last' }, make);
  expect(run.bits).toEqual(plain.bits);
  expect(run.history).toMatchObject({ best: { epoch: 2 }, selected: { epoch: 5, by: 'last' } });
  expect(Object.keys(run.checkpoints.at(-1)!.tensors).filter((name) => name.startsWith('best/'))).toEqual([]);
});

it('stops when the robust accuracy rises no more, and says so; its last checkpoint is a finished run', async () => {
  const events: FitEvent[] = [];
  const onEvent = (event: FitEvent): void => {
    events.push(event);
  };
  const stop = { patience: 2, margin: 0.05 };
  const run = await train(cleanDefence(), { ...options, validation: scripted([0.1, 0.5, 0.54, 0.4, 1]), stop, onEvent }, make);
  const stopped = { epoch: 4, reason: 'robust-overfitting', since: 2, best: { epoch: 3, clean: 0.9, robust: 0.54 }, ...stop } as const;
  expect(run.history).toMatchObject({ stopped, steps: 12, selected: { epoch: 3, by: 'best' } });
  expect(run.history.robustOverfitting).toBeCloseTo(0.14, 12);
  expect(run.history.epochs).toHaveLength(4);
  expect(run.bits).toEqual(wordsOf(run.checkpoints[2]!));
  expect(events.slice(-2)).toEqual([
    { kind: 'stopped', ...stopped },
    { kind: 'selected', epoch: 3, by: 'best' },
  ]);
  const never = scripted([]);
  const again = await train(cleanDefence(), { ...options, validation: never, stop, resume: run.checkpoints.at(-1)! }, () =>
    centringModel(7),
  );
  expect(again).toEqual({ bits: run.bits, history: run.history, checkpoints: [] });
});

it('validates after every so many epochs, and after the last', async () => {
  const run = await train(cleanDefence(), { ...options, validation: scripted([0.3, 0.2, 0.1], { every: 2 }) }, make);
  expect(run.history.epochs.map(({ validation }) => validation?.robust)).toEqual([undefined, 0.3, undefined, 0.2, 0.1]);
  expect(run.history.gradientEvaluations.validation).toBe(30);
});

it('where weights are averaged, the average is looked at and kept, and training has its own weights again', async () => {
  const plain = await train(cleanDefence(), options, make);
  const seen: unknown[] = [];
  const look = (model: unknown): void => {
    seen.push(bitsOf(model as Parameters<typeof bitsOf>[0]));
  };
  const run = await train(
    cleanDefence(),
    { ...options, averaging: weightAverage({ decay: 0.7 }), validation: scripted(rise, { look }) },
    make,
  );
  expect(run.checkpoints.map((checkpoint) => wordsOf(checkpoint))).toEqual(plain.checkpoints.map((checkpoint) => wordsOf(checkpoint)));
  expect(seen).toEqual(run.checkpoints.map((checkpoint) => wordsOf(checkpoint, 'average/')));
  expect(run.bits).toEqual(seen[1]);
  expect(wordsOf(run.checkpoints.at(-1)!, 'best/')).toEqual(seen[1]);
  expect(seen[1]).not.toEqual(wordsOf(run.checkpoints[1]!));
});

it('an abort or a failure in the midst of a validation leaves the last weights; the run goes on from behind the last batch', async () => {
  const averaging = weightAverage({ decay: 0.7 });
  const whole = await train(cleanDefence(), { ...options, averaging, validation: scripted(rise) }, make);
  const model = make();
  let last = bitsOf(model);
  const onProgress = (): void => {
    last = bitsOf(model);
  };
  const controller = new AbortController();
  const given: Checkpoint[] = [];
  const onCheckpoint = (checkpoint: Checkpoint): void => {
    given.push(checkpoint);
  };
  const interrupted = (abort: boolean): Validation => {
    const inner = scripted(rise);
    let calls = 0;
    const validate: Validation['validate'] = async (seen, request) => {
      if (calls++ < 2) return inner.validate(seen, request);
      expect(request?.signal).toBe(controller.signal);
      if (abort) controller.abort();
      throw new GroundstateError('aborted', 'perturb: stopped.');
    };
    return { name: 'scripted', every: 1, validate };
  };
  const fitWith = (validation: Validation): Promise<unknown> =>
    fit(model, twoClouds(), cleanDefence(), { ...options, averaging, validation, onProgress, onCheckpoint, signal: controller.signal });
  await expect(fitWith(interrupted(false))).rejects.toThrow('perturb: stopped.');
  expect(given).toHaveLength(2);
  expect(bitsOf(model)).toEqual(last);
  model.dispose();

  const attempt = train(
    cleanDefence(),
    { ...options, averaging, validation: interrupted(true), onCheckpoint, signal: controller.signal },
    make,
  );
  await expect(attempt).rejects.toMatchObject({ code: 'aborted', message: 'fit: stopped by the signal it was given.' });
  expect(given.at(-1)!.position).toMatchObject({ epoch: 2, batch: 3, optimiserStep: 9, seen: 7 });
  const rest = await train(cleanDefence(), { ...options, averaging, validation: scripted(rise.slice(2)), resume: given.at(-1)! }, () =>
    centringModel(7),
  );
  expect(rest).toMatchObject({ bits: whole.bits, history: whole.history });
});

it('says what is wrong with its options, and refuses the checkpoint of a run that was validated otherwise', async () => {
  const attempt = (changes: Partial<FitOptions>): Promise<unknown> => train(cleanDefence(), { ...options, ...changes }, littleModel);
  await expect(attempt({ stop: { patience: 1 } })).rejects.toThrow(
    'fit: expected `validation` to be given, got undefined. `stop` goes by its robust accuracy.',
  );
  await expect(attempt({ select: 'best' })).rejects.toThrow('`select` goes by its robust accuracy.');
  await expect(attempt({ select: 'first' as 'last' })).rejects.toThrow(
    "fit: expected `select` to be one of 'best', 'last', got \"first\".",
  );
  const { checkpoints } = await train(cleanDefence(), { ...options, validation: scripted(rise) });
  const resume = checkpoints[0]!;
  await expect(attempt({ resume })).rejects.toThrow('got one with validation "scripted" instead of none.');
  await expect(attempt({ resume, validation: scripted(rise), select: 'last' })).rejects.toThrow('with select "best" instead of "last"');
  await expect(attempt({ resume, validation: scripted(rise), stop: { patience: 3 } })).rejects.toThrow(
    'got one with stop none instead of "patience 3, margin 0".',
  );
});
