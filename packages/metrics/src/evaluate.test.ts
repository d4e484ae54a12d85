import { examplesFromArrays, linf, type Metric, type Model } from '@groundstate/core';
import { linearModel } from '@groundstate/testing';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { littleAttack } from '../tests/observations';
import { accuracy } from './accuracy';
import { calibration } from './calibration';
import { catastrophicOverfitting } from './catastrophic-overfitting';
import { type EvaluateOptions, type EvaluationCursor, type EvaluationProgress, evaluate } from './evaluate';
import { localLinearity } from './local-linearity';
import { margin } from './margin';
import { nonFinite } from './non-finite';
import { outcomes } from './outcomes';
import { perturbationSize } from './perturbation-size';
import { robustAccuracy } from './robust-accuracy';
import { wilson } from './wilson';

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(tensorsBefore));

/**
 * The class is 1 where x > 1/2: lead(x) = 4 x - 2. Ten points at 0.05, 0.15, .. 0.95, labelled so, but the last one falsely:
 * nine are right. An attack of linf size e crosses the line where |x - 1/2| < e.
 */
const model = linearModel([4], -2);
const points = Array.from({ length: 10 }, (_, i) => (i + 0.5) / 10);
const examples = examplesFromArrays({
  inputs: Float32Array.from(points),
  labels: points.map((x, i) => (i === 9 ? 0 : x > 0.5 ? 1 : 0)),
  shape: [1],
});
const all = (): EvaluateOptions => ({
  attacks: { one: littleAttack(1), three: littleAttack(3) },
  threat: { norm: linf(), epsilon: 0.2 },
  metrics: [accuracy(), robustAccuracy(), perturbationSize()] as readonly Metric[],
  seed: 0,
});

it('a linear model has the figures that geometry gives it', async () => {
  const { examples: n, values, passes } = await evaluate(model, examples, all());
  // Within 0.2 of the line stand 0.35, 0.45, 0.55, 0.65: fooled. Of the nine right ones five are left.
  expect(n).toBe(10);
  expect(values.accuracy).toEqual(wilson(9, 10));
  expect(values.robustAccuracy).toEqual({ one: wilson(5, 10), three: wilson(5, 10), worst: wilson(5, 10) });
  // The one step of `one` is 2.5 epsilon long and is cut off at the ball: all four have size 0.2.
  const { mean, n: fooled } = (values.perturbationSize as Record<string, { mean: number; n: number }>).one!;
  expect(fooled).toBe(4);
  expect(mean).toBeCloseTo(0.2, 5);
  // One gradient an example that was right and one step; five of the nine resist all three steps of `three`, too.
  expect(passes.one!.backwards).toBe(9);
  expect(passes.three!.backwards).toBeGreaterThanOrEqual(4 + 5 * 3);
  expect(passes.three!.forwards).toBeGreaterThan(passes.three!.backwards);
});

it('does not depend on how the examples are cut into batches', async () => {
  const reference = await evaluate(model, examples, all());
  for (const batchSize of [1, 3, 10, 99]) expect(await evaluate(model, examples, { ...all(), batchSize })).toEqual(reference);
});

it('nor does any metric of this package, to the last bit, nor on states that went through JSON', async () => {
  const { threat } = all();
  const adversaries = { end: { attack: littleAttack(2), threat, on: 'labelled' as const } };
  const metrics = [
    ...all().metrics,
    calibration({ adversaries }),
    calibration({ bins: 3, binning: 'equal-mass' }),
    catastrophicOverfitting({ weak: 'one', strong: 'three' }),
    localLinearity({ adversary: adversaries.end, draws: 2 }),
    margin({ adversaries }),
    nonFinite({ adversaries }),
    outcomes(),
  ].map((metric, i) => ({ ...metric, name: `${metric.name}-${i}` })) as readonly Metric[];
  const reference = await evaluate(model, examples, { ...all(), metrics });
  for (const batchSize of [1, 3]) {
    const cursors: EvaluationCursor[] = [];
    const onCursor = (cursor: EvaluationCursor): void => void cursors.push(JSON.parse(JSON.stringify(cursor)));
    expect(await evaluate(model, examples, { ...all(), metrics, batchSize, onCursor })).toEqual(reference);
    expect(await evaluate(model, examples, { ...all(), metrics, batchSize: 2, cursor: cursors[1]! })).toEqual(reference);
  }
});

it('can be left behind any batch, kept as JSON, and continued to the very same report', async () => {
  const reference = await evaluate(model, examples, all());
  for (let stop = 1; stop <= 4; stop++) {
    const controller = new AbortController();
    const cursors: EvaluationCursor[] = [];
    const onCursor = (cursor: EvaluationCursor): void => {
      cursors.push(JSON.parse(JSON.stringify(cursor)));
      if (cursors.length === stop) controller.abort();
    };
    const attempt = evaluate(model, examples, { ...all(), batchSize: 3, onCursor, signal: controller.signal });
    // Behind the last batch there is nothing left to stop.
    if (stop < 4)
      await expect(attempt).rejects.toMatchObject({ code: 'aborted', message: 'evaluate: stopped by the signal it was given.' });
    else expect(await attempt).toEqual(reference);
    const cursor = cursors.at(-1)!;
    expect(cursor.examples).toBe(Math.min(10, 3 * stop));
    // Of another batch size, too.
    expect(await evaluate(model, examples, { ...all(), batchSize: 2, cursor })).toEqual(reference);
  }
});

it('the cursor of another evaluation is refused: its figures would be of a part of the examples', async () => {
  const cursors: EvaluationCursor[] = [];
  await evaluate(model, examples, { ...all(), onCursor: (cursor) => void cursors.push(cursor) });
  const cursor = cursors[0]!;
  const fewer = { ...all(), metrics: [accuracy()] as readonly Metric[], cursor };
  await expect(evaluate(model, examples, fewer)).rejects.toThrow(
    'evaluate: expected `cursor.states` to be those of the metrics accuracy, got',
  );
  await expect(evaluate(model, examples, { ...all(), attacks: { four: littleAttack(4) }, cursor })).rejects.toThrow(
    'evaluate: expected `cursor.passes` to be those of the attacks four, got ["one", "three"].',
  );
  await expect(evaluate(model, examples, { ...all(), cursor: { ...cursor, examples: 11 } })).rejects.toThrow('`cursor.examples`');
});

it('logits that are NaN count as wrong and never as fooled', async () => {
  // sqrt(0.8 - x) is NaN above 0.8, where the points 0.85 and 0.95 stand (the second is labelled falsely).
  const nothing = (inputs: Tensor): Tensor => tf.mul(tf.sqrt(tf.sub(0.8, inputs)), 0);
  const broken: Model = { ...model, logits: (inputs) => tf.add(model.logits(inputs), nothing(inputs)) as Tensor2D };
  const { values } = await evaluate(broken, examples, all());
  expect(values.accuracy).toEqual(wilson(8, 10));
  expect(values.robustAccuracy).toMatchObject({ worst: wilson(4, 10) });
  expect(values.perturbationSize).toMatchObject({ one: { n: 4 } });
});

it('reports every batch, and in between where the attacks stand', async () => {
  const events: EvaluationProgress[] = [];
  await evaluate(model, examples, { ...all(), batchSize: 5, onProgress: (event) => events.push(event) });
  const batches = events.filter(({ attack }) => attack === undefined);
  expect(batches).toEqual([
    { examplesDone: 5, examplesInAll: 10 },
    { examplesDone: 10, examplesInAll: 10 },
  ]);
  expect(events[0]).toMatchObject({ attack: 'one', examplesDone: 0, examplesInAll: 10, steps: 1 });
  expect(new Set(events.map(({ attack }) => attack))).toEqual(new Set(['one', 'three', undefined]));
});

it('an attack costs what it costs alone', async () => {
  const both = await evaluate(model, examples, all());
  const alone = await evaluate(model, examples, { ...all(), attacks: { three: littleAttack(3) } });
  expect(both.passes.three).toEqual(alone.passes.three);
});

it('leaves no tensor behind when a metric, the model, the cursor or the signal stops it', async () => {
  const error = new Error('mine');
  const fail = (): never => {
    throw error;
  };
  const failing = { ...accuracy(), name: 'failing', update: async () => fail() } as unknown as Metric;
  await expect(evaluate(model, examples, { ...all(), metrics: [failing] })).rejects.toBe(error);
  await expect(evaluate({ ...model, logits: fail }, examples, all())).rejects.toBe(error);
  await expect(evaluate(model, examples, { ...all(), onCursor: fail })).rejects.toBe(error);
  const controller = new AbortController();
  const onProgress = ({ attack }: EvaluationProgress): void => {
    if (attack === 'three') controller.abort();
  };
  await expect(evaluate(model, examples, { ...all(), onProgress, signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
});

it('says what is wrong with its options', async () => {
  const attempt = (changes: Partial<EvaluateOptions>): Promise<unknown> => evaluate(model, examples, { ...all(), ...changes });
  const twice = [accuracy(), accuracy()] as readonly Metric[];
  await expect(attempt({ metrics: twice })).rejects.toThrow(
    'evaluate: expected `metrics` to be metrics of different names, got "accuracy".',
  );
  await expect(attempt({ attacks: { worst: littleAttack() } })).rejects.toThrow("named other than 'worst'");
  await expect(attempt({ attacks: { clean: littleAttack() } })).rejects.toThrow('got "clean"');
  await expect(attempt({ batchSize: 0 })).rejects.toThrow('evaluate: expected `batchSize` to be an integer of at least 1, got 0.');
});
