import { createNoise, linf, type Model, type Observation, perturb } from '@groundstate/core';
import { describeMetric, linearModel, unfoolableModel, waveModel } from '@groundstate/testing';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { fixedPath } from '../tests/fixed-path';
import { energyPath } from './energy-path';
import { energyProfile } from './energy-profile';

const threat = { norm: linf(), epsilon: 0.1 };
const adversary = { attack: energyPath(), threat, on: 'labelled' as const };

describeMetric(
  () => energyProfile({ adversary }),
  () => energyPath(),
);

/** Two examples that every attack leaves where they are. */
async function resisted(): Promise<Observation> {
  const ids = Int32Array.from([0, 1]);
  const [model, inputs, labels] = [unfoolableModel([4]), tf.fill([2, 4], 0.5), tf.ones([2], 'int32') as Tensor1D];
  const verdict = await perturb(energyPath(), { model, inputs, ids, goal: { kind: 'misclassify', labels }, threat, seed: 0 });
  return {
    model,
    batch: { ids, inputs, labels },
    cleanLogits: model.logits(inputs),
    attacked: { path: verdict },
    noise: createNoise(1, ids),
  };
}

/** D_K of a loss that is known along the path, t from 0 to 1. */
function energyOf(loss: (t: number) => number, segments: number): number {
  const squares = Array.from({ length: segments }, (_, k) => (loss((k + 1) / segments) - loss(k / segments)) ** 2);
  return segments * squares.reduce((sum, square) => sum + square, 0);
}

describe('energyProfile', () => {
  it('sees the energy of examples that resist, which the verdict of an attack would hide', async () => {
    const seen = await resisted();
    expect(await seen.attacked.path!.adversarial.data()).toEqual(await seen.batch.inputs.data());
    const metric = energyProfile({ adversary });
    const profile = metric.compute(await metric.update(metric.init(), seen));
    // The lead is 0.425 at the clean input and 0.075 less at the end: see energy-path.test.ts.
    const loss = (t: number): number => Math.log1p(Math.exp(-(0.425 - t * 0.075)));
    for (const k of [1, 2, 4, 8]) {
      const wanted = energyOf(loss, k);
      expect(Math.abs((profile[`D${k}`] as number) / wanted - 1)).toBeLessThan(1e-3);
    }
  });

  it('gives each number of segments its own energy', async () => {
    // One period of a wave from 0 to 0.5: lead cos(4 pi x), loss log(1 + exp(-lead)), for label 1.
    const model = waveModel(1, 2, 0);
    const ids = Int32Array.from([0]);
    const batch = { ids, inputs: tf.zeros([1, 1]), labels: tf.ones([1], 'int32') as Tensor1D };
    const metric = energyProfile({ adversary: { ...adversary, attack: fixedPath((inputs) => tf.add(inputs, 0.5)) } });
    const seen: Observation = { model, batch, cleanLogits: model.logits(batch.inputs), attacked: {}, noise: createNoise(1, ids) };
    const profile = metric.compute(await metric.update(metric.init(), seen));
    const loss = (t: number): number => Math.log1p(Math.exp(-Math.cos(2 * Math.PI * t)));
    for (const k of [1, 2, 4, 8]) expect(Math.abs((profile[`D${k}`] as number) - energyOf(loss, k))).toBeLessThan(1e-4);
  });

  it('adds the variations where they are asked for', async () => {
    const model = waveModel(1, 2, 0);
    const ids = Int32Array.from([0]);
    const batch = { ids, inputs: tf.zeros([1, 1]), labels: tf.ones([1], 'int32') as Tensor1D };
    const metric = energyProfile({
      adversary: { ...adversary, attack: fixedPath((inputs) => tf.add(inputs, 0.5)) },
      segments: [1, 2],
      variation: true,
    });
    const seen: Observation = { model, batch, cleanLogits: model.logits(batch.inputs), attacked: {}, noise: createNoise(1, ids) };
    const profile = metric.compute(await metric.update(metric.init(), seen));
    // Up by one and down by one.
    for (const [name, wanted] of Object.entries({ D1: 0, D2: 4, TV1: 0, TV2: 2 })) expect(profile[name]).toBeCloseTo(wanted, 4);
  });

  it('counts by figure what is no number, also through a cursor, and does not take it for 0', async () => {
    // The lead is x, NaN on (0.4, 0.6): the path from 0.375 to 0.625 has its middle there, that from 0.5 its beginning.
    const base = linearModel([1], 0);
    const hole = (x: Tensor): Tensor => tf.mul(tf.sqrt(tf.sub(tf.abs(tf.sub(x, 0.5)), 0.1)), 0);
    const model: Model = { ...base, logits: (x) => tf.add(base.logits(x), hole(x)) as Tensor2D };
    const attack = fixedPath((inputs) => tf.add(inputs, 0.25));
    const metric = energyProfile({ adversary: { ...adversary, attack }, segments: [1, 2], variation: true });
    const seen = (...at: number[]): Observation => {
      const ids = Int32Array.from(at, (_, i) => i);
      const inputs = tf.tensor2d(at, [at.length, 1]);
      const batch = { ids, inputs, labels: tf.ones([at.length], 'int32') as Tensor1D };
      return { model, batch, cleanLogits: model.logits(inputs), attacked: {}, noise: createNoise(1, ids) };
    };
    const through = <T>(state: T): T => JSON.parse(JSON.stringify(state)) as T;
    let state = through(await metric.update(metric.init(), seen(0, 0.375)));
    const loss = (x: number): number => Math.log1p(Math.exp(-x));
    const only = { D1: energyOf((t) => loss(t / 4), 1), D2: energyOf((t) => loss(t / 4), 2) };
    const found = metric.compute(state);
    expect(found.nonFinite).toEqual({ D2: 1, TV2: 1 });
    expect(found.D2).toBeCloseTo(only.D2, 6);
    const second = energyOf((t) => loss(0.375 + t / 4), 1);
    expect(found.D1).toBeCloseTo((only.D1 + second) / 2, 6);
    state = metric.merge(through(await metric.update(state, seen(0, 0.5))), state);
    expect(metric.compute(state).nonFinite).toEqual({ D1: 1, D2: 3, TV1: 1, TV2: 3 });
    expect(metric.compute(state).D2).toBeCloseTo(only.D2, 6);
    const none = metric.compute(await metric.update(metric.init(), seen(0.5)));
    expect(none).toEqual({ D1: null, D2: null, TV1: null, TV2: null, nonFinite: { D1: 1, D2: 1, TV1: 1, TV2: 1 } });
    // A cursor of the time when sums could be NaN.
    const spoiled = { ...state, sums: { ...state.sums, D2: null as unknown as number } };
    await expect(metric.update(spoiled, seen(0))).rejects.toThrow(
      'energyProfile: expected the state to hold a number for D2, got null. Start the evaluation anew.',
    );
  });

  it('has the segments it was asked for, and no value before the first example', () => {
    const metric = energyProfile({ adversary, segments: [1, 3, 6] });
    expect(metric.compute(metric.init())).toEqual({ D1: null, D3: null, D6: null });
  });

  it('says what is wrong with its options', () => {
    const message = (segments: number[]): string =>
      `energyProfile: expected \`segments\` to be divisors of the largest of them, got [${segments.join(', ')}].`;
    for (const segments of [[], [3, 8], [0, 2], [1.5]]) expect(() => energyProfile({ adversary, segments })).toThrow(message(segments));
    expect(() => energyProfile({ adversary, steps: 3 } as never)).toThrow(
      "energyProfile: expected `option` to be one of 'adversary', 'segments', 'variation', got \"steps\".",
    );
  });
});
