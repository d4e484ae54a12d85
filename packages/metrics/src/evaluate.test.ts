import {
  defineAttack,
  type Examples,
  examplesFromArrays,
  linf,
  type Metric,
  type Model,
  restarts,
  type StepAttack,
  subset,
} from '@groundstate/core';
import { linearModel } from '@groundstate/testing';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
import type { StoredVerdict, VerdictStore } from './verdict-store';
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

/** Walks 0.07 towards the line, whatever the budget. */
function timid(): StepAttack {
  const card = { name: 'timid', norms: ['linf'], budget: 'fixed', access: 'gradients', goals: ['misclassify'], paper: 'none' } as const;
  return defineAttack({
    card,
    steps: 1,
    init: ({ inputs }) => ({ rows: { adversarial: inputs } }),
    step: ({ rows }) => ({
      rows: { adversarial: tf.add(rows.adversarial, tf.mul(0.07, tf.sub(1, tf.mul(2, tf.step(tf.sub(rows.adversarial, 0.5)))))) },
    }),
  });
}

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

it('the cursor of another evaluation is refused by what is other: its figures would be of a part of the examples', async () => {
  const cursors: EvaluationCursor[] = [];
  await evaluate(model, examples, { ...all(), onCursor: (cursor) => void cursors.push(JSON.parse(JSON.stringify(cursor))) });
  const cursor = cursors[0]!;
  const attempt = (changes: Partial<EvaluateOptions>, of: Model = model, on = examples): Promise<unknown> =>
    evaluate(of, on, { ...all(), cursor, ...changes });
  const advice = 'It is the cursor of another evaluation: begin anew, without it.';
  await expect(attempt({ metrics: [accuracy()] as readonly Metric[] })).rejects.toThrow(
    `evaluate: expected \`cursor.of.metrics\` to be [accuracy], got ["accuracy", "perturbationSize", "robustAccuracy"]. ${advice}`,
  );
  await expect(attempt({ attacks: { four: littleAttack(4) } })).rejects.toThrow(
    `evaluate: expected \`cursor.of.attacks\` to be [four: little, 4 steps], got ["one: little, 1 steps", "three: little, 3 steps"]. ${advice}`,
  );
  // The same names, another number of steps.
  await expect(attempt({ attacks: { one: littleAttack(1), three: littleAttack(4) } })).rejects.toThrow('`cursor.of.attacks`');
  const repeated = restarts(littleAttack(3), 2);
  await expect(attempt({ attacks: { one: littleAttack(1), three: repeated } })).rejects.toThrow('little-x2, first of (little, 3 steps; ');
  await expect(attempt({ threat: { norm: linf(), epsilon: 0.3 } })).rejects.toThrow(
    `evaluate: expected \`cursor.of.threat\` to be linf 0.3, got "linf 0.2". ${advice}`,
  );
  await expect(attempt({ seed: 1 })).rejects.toThrow(`evaluate: expected \`cursor.of.seed\` to be 1, got 0. ${advice}`);
  await expect(attempt({ survivorsOnly: true })).rejects.toThrow('`cursor.of.survivorsOnly` to be true, got false');
  await expect(attempt({}, { ...model, name: 'other' })).rejects.toThrow('`cursor.of.model` to be other: [1] within [0, 1] to 2 classes');
  // Other labels, other ids, other pixels, fewer examples.
  const change = (inputs: readonly number[], labels: readonly number[]): Examples =>
    examplesFromArrays({ inputs: Float32Array.from(inputs), labels, shape: [1] });
  const labels = [...examples.labels];
  const others = [
    change(
      points,
      labels.map((label, i) => (i === 4 ? 1 - label : label)),
    ),
    subset(examples, Int32Array.from([1, 0, 2, 3, 4, 5, 6, 7, 8, 9])),
    change([0.06, ...points.slice(1)], labels),
    subset(examples, Int32Array.from([0, 1, 2, 3, 4, 5, 6, 7, 9])),
  ];
  for (const other of others) await expect(attempt({}, model, other)).rejects.toThrow('`cursor.of.examples`');
  await expect(attempt({ cursor: { ...cursor, examples: 11 } })).rejects.toThrow('`cursor.examples`');
  const { of: _, ...unnamed } = cursor;
  await expect(attempt({ cursor: unnamed as EvaluationCursor })).rejects.toThrow(
    `evaluate: expected \`cursor.of\` to be what this evaluation is of, got undefined. ${advice}`,
  );
});

describe('with a store', () => {
  /** As a folder of files would: what is written is a copy, what is read another. */
  const storeOf = (kept: Map<string, StoredVerdict>, happens: (what: string) => void = () => undefined): VerdictStore => ({
    read: async (key) => structuredClone(kept.get(key)),
    write: async (key, verdict) => {
      happens('before write');
      kept.set(key, structuredClone(verdict));
      happens('after write');
    },
    remove: async (key) => {
      happens('before remove');
      kept.delete(key);
    },
  });

  it.each([false, true])(
    'killed at any point it continues to the same report, having lost one attack on one batch at most (survivors only: %s)',
    async (survivorsOnly) => {
      const options = { ...all(), batchSize: 5, survivorsOnly };
      const reference = await evaluate(model, examples, options);
      const runs = 2 * 2;
      let kills = 0;
      for (let moment = 1; ; moment++) {
        const kept = new Map<string, StoredVerdict>();
        let cursor: EvaluationCursor | undefined;
        let left = moment;
        let begun = 0;
        const happens = (): void => {
          if (--left === 0) throw new Error('killed');
        };
        const attempt = (): Promise<unknown> =>
          evaluate(model, examples, {
            ...options,
            ...(cursor ? { cursor } : {}),
            store: storeOf(kept, happens),
            onCursor: (next) => {
              happens();
              cursor = JSON.parse(JSON.stringify(next));
              happens();
            },
            onBatch: happens,
            onProgress: ({ attack, step }) => {
              if (attack !== undefined && step === 0) begun++;
              happens();
            },
          });
        const first = await attempt().catch((cause: Error) => cause.message);
        if (first !== 'killed') {
          expect(first).toEqual(reference);
          expect(kept.size).toBe(0);
          expect(kills).toBeGreaterThan(25);
          break;
        }
        kills++;
        expect(await attempt()).toEqual(reference);
        // All points of a batch may be fooled already: then an attack has nothing to begin.
        expect(begun).toBeLessThanOrEqual(runs + 1);
      }
    },
  );

  it('attacks again what the store has lost, and refuses what is of another size', async () => {
    const reference = await evaluate(model, examples, all());
    const kept = new Map<string, StoredVerdict>();
    const cursors: EvaluationCursor[] = [];
    const onCursor = (cursor: EvaluationCursor): void => {
      cursors.push(cursor);
      if (cursor.pending?.attacks.length === 1) throw new Error('killed');
    };
    await expect(evaluate(model, examples, { ...all(), store: storeOf(kept), onCursor })).rejects.toThrow('killed');
    const cursor = cursors[0]!;
    expect(cursor).toMatchObject({ examples: 0, pending: { size: 10, attacks: ['one'] } });
    expect([...kept.keys()]).toEqual(['0-0']);
    expect(await evaluate(model, examples, { ...all(), cursor })).toEqual(reference);
    expect(await evaluate(model, examples, { ...all(), cursor, store: storeOf(new Map()) })).toEqual(reference);
    // The batch that was begun keeps its size.
    expect(await evaluate(model, examples, { ...all(), cursor, batchSize: 3, store: storeOf(new Map(kept)) })).toEqual(reference);
    const short = { ...kept.get('0-0')!, distance: new Float32Array(9) };
    await expect(evaluate(model, examples, { ...all(), cursor, store: storeOf(new Map([['0-0', short]])) })).rejects.toMatchObject({
      code: 'corrupt',
      message: 'evaluate: expected `store.distance` to hold 10 numbers for 10 examples, got 9. Begin anew, without the cursor.',
    });
    const wide = { ...cursor, pending: { size: 11, attacks: [] } };
    await expect(evaluate(model, examples, { ...all(), cursor: wide })).rejects.toThrow('`cursor.pending.size`');
  });
});

describe('on survivors only', () => {
  // 0.35 .. 0.65 are within 0.2 of the line, 0.45 and 0.55 within 0.07. `half` only goes so far.
  const ordered = (): EvaluateOptions => ({ ...all(), attacks: { half: timid(), three: littleAttack(3), again: littleAttack(1) } });

  it('the worst case is the same and each figure is that after all attacks so far, for fewer passes', async () => {
    const each = await evaluate(model, examples, ordered());
    const cascade = await evaluate(model, examples, { ...ordered(), survivorsOnly: true, batchSize: 3 });
    expect([each.survivorsOnly, cascade.survivorsOnly]).toEqual([false, true]);
    expect(each.values.robustAccuracy).toEqual({ half: wilson(7, 10), three: wilson(5, 10), again: wilson(5, 10), worst: wilson(5, 10) });
    expect(cascade.values.robustAccuracy).toEqual(each.values.robustAccuracy);
    expect(cascade.passes.half).toEqual(each.passes.half);
    // `three` met the seven that `half` left: the two others would have taken two gradients each. `again` met the last five.
    expect(cascade.passes.three!.backwards).toBe(each.passes.three!.backwards - 2 * 2);
    expect(cascade.passes.again!.backwards).toBe(5);
    // Two fell to `half` at 0.07, two to the first step of `three`, which is 2.5 epsilon / 3 long.
    const size = cascade.values.perturbationSize as Record<string, { mean: number; n: number }>;
    expect(size.three).toMatchObject({ n: 4, mean: expect.closeTo((2 * 0.07 + 2 * (0.5 / 3)) / 4, 5) });
  });

  it('an attack that meets nobody costs nothing, and the observation says who broke what', async () => {
    const seen: (readonly [number, readonly number[], readonly number[]])[] = [];
    const near = subset(examples, Int32Array.from([4, 5]));
    const report = await evaluate(model, near, {
      ...ordered(),
      survivorsOnly: true,
      onBatch: ({ attacked }, position) => {
        seen.push([position, [...attacked.half!.by], [...attacked.three!.by]]);
      },
    });
    expect(seen).toEqual([[0, [0, 0], [-1, -1]]]);
    expect(report.passes).toMatchObject({ three: { forwards: 0, backwards: 0 }, again: { forwards: 0, backwards: 0 } });
    expect(report.values.robustAccuracy).toMatchObject({ worst: wilson(0, 2) });
  });
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
    // 0.05, 0.15 and 0.25 stand, and after them 0.75 and 0.85: 0.95 is labelled falsely.
    { examplesDone: 5, examplesInAll: 10, robust: { standing: 3, seen: 5 } },
    { examplesDone: 10, examplesInAll: 10, robust: { standing: 5, seen: 10 } },
  ]);
  expect(events[0]).toMatchObject({ attack: 'one', examplesDone: 0, examplesInAll: 10, steps: 1 });
  expect(events[0]).not.toHaveProperty('robust');
  expect(events.find(({ examplesDone, attack }) => examplesDone === 5 && attack === 'three')).toMatchObject({
    robust: { standing: 3, seen: 5 },
  });
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
