import { createNoise, crossEntropyOf, linf, type Observation } from '@groundstate/core';
import {
  binaryModel,
  describeMetric,
  finiteDifferences,
  fixedNoise,
  fixtureTensor,
  linearModel,
  referenceCase,
  smoothModel,
  waveModel,
} from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { countTensors } from '../tests/count-tensors';
import { adversaryAt, figuresOf, littleAttack, observe } from '../tests/observations';
import { localLinearity } from './local-linearity';

countTensors();
const threat = { norm: linf(), epsilon: 0.1 };
const adversary = { attack: littleAttack(1), threat, on: 'labelled' as const };
describeMetric(() => localLinearity({ adversary, draws: 2 }), littleAttack);

const loss = (lead: number): number => Math.log1p(Math.exp(-lead));
const pull = (lead: number): number => 1 / (1 + Math.exp(lead));

describe('localLinearity', () => {
  it('of a model linear in the input only the loss bends', async () => {
    // lead(x) = 2 x_0 - x_1, label 1, l = log(1 + exp(-lead)), g = -pull(lead) (2, -1). The one step ends epsilon away in every coordinate,
    // where the lead is 0.3 smaller, and <g, r> = pull(lead) * 0.3.
    const points = [
      [0.5, 0.5],
      [0.9, 0.2],
    ];
    const value = await figuresOf(localLinearity({ adversary }), observe(linearModel([2, -1], 0), points, [1, 1]));
    const gammas = [0.5, 1.6].map((lead) => Math.abs(loss(lead - 0.3) - loss(lead) - pull(lead) * 0.3));
    expect(value.ascent.mean).toBeCloseTo((gammas[0]! + gammas[1]!) / 2, 6);
    expect(value.ascent.worst).toBeCloseTo(Math.max(...gammas), 6);
    // All gradients are multiples of (2, -1).
    expect(value.alignment.mean).toBeCloseTo(1, 6);
    expect(value.alignment.worst).toBeCloseTo(1, 6);
    expect(value).toMatchObject({ n: 2, nonFinite: 0, alignment: { n: 2 } });
    expect(value.random.worst!).toBeLessThanOrEqual(value.ascent.worst!);
  });

  it('a rippled loss is far from linear, and its gradient turns round', async () => {
    // lead(x) = cos(4 pi x), label 1. At x = 1/16 the lead falls at -4 pi sin(pi / 4); half a period on, at 5/16, it rises as fast.
    const at = (x: number): number => Math.cos(4 * Math.PI * x);
    const metric = localLinearity({ adversary: adversaryAt((inputs) => tf.add(inputs, 0.25), 0.25) });
    const seen = observe(waveModel(1, 2, 0), [[1 / 16]], [1]);
    // Every draw is 1: the random point is 5/16, too.
    const draws = tf.ones([1, 1]);
    const noise = fixedNoise(draws);
    const value = metric.compute(await metric.update(metric.init(), { ...seen, noise } as Observation));
    const slope = pull(at(1 / 16)) * 4 * Math.PI * Math.sin(Math.PI / 4);
    const gamma = Math.abs(loss(at(5 / 16)) - loss(at(1 / 16)) - slope * 0.25);
    expect(value.ascent.worst).toBeCloseTo(gamma, 5);
    expect(value.random.worst).toBeCloseTo(gamma, 5);
    expect(value.alignment.mean).toBeCloseTo(-1, 6);
    draws.dispose();
    seen.dispose();
  });

  it('agrees with gradients by finite differences on a smooth network', async () => {
    const model = smoothModel({ scale: 2 });
    const ids = Int32Array.from([0]);
    const inputs = createNoise(5, ids).stream('inputs').uniform([6], [0.3, 0.7]);
    const seen = observe(model, [Array.from(await inputs.data())], [1]);
    const shift = tf.tensor2d([[0.9, -0.6, 0.3, -0.9, 0.8, -0.1]]);
    const metric = localLinearity({ adversary: adversaryAt((x) => tf.add(x, 0.1), 0.2) });
    const value = metric.compute(await metric.update(metric.init(), { ...seen, noise: fixedNoise(shift) } as Observation));

    const lossAt = (x: tf.Tensor): tf.Tensor => tf.sum(crossEntropyOf(model.logits(x), tf.tensor1d([1], 'int32') as Tensor1D));
    const [random, end] = tf.tidy(() => [tf.add(inputs, tf.mul(shift, 0.2)), tf.add(inputs, 0.1)]) as [tf.Tensor, tf.Tensor];
    const [clean, there] = [await finiteDifferences(lossAt, inputs), await finiteDifferences(lossAt, random)];
    const [from, to, last] = tf.tidy(() => [inputs, random, end].map((x) => lossAt(x).dataSync()[0]!)) as unknown as [
      number,
      number,
      number,
    ];
    const inner = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);
    const along = Array.from(await shift.data(), (x) => 0.2 * x);
    expect(value.random.mean).toBeCloseTo(Math.abs(to - from - inner(clean, along)), 3);
    expect(value.ascent.mean).toBeCloseTo(Math.abs(last - from - inner(clean, new Array(6).fill(0.1))), 3);
    expect(value.random.mean!).toBeGreaterThan(0.02);
    expect(value.alignment.mean).toBeCloseTo(inner(clean, there) / Math.sqrt(inner(clean, clean) * inner(there, there)), 3);
    expect(value.alignment.mean!).toBeLessThan(0.99);
    tf.dispose([inputs, shift, random, end]);
    seen.dispose();
    model.dispose();
  });

  it.each(['mlp', 'convnet'] as const)('has the gamma that another library found at the end of its path (%s)', async (name) => {
    // The initial values of the variables are tensors of their own; variables outlive a tidy.
    const { model, inputs, labels, fixture } = tf.tidy(() => referenceCase(name) as never) as ReturnType<typeof referenceCase>;
    const batch = { ids: Int32Array.from({ length: 6 }, (_, i) => i), inputs: inputs(), labels: labels() };
    const { xFinal, finalLosses, eps } = fixture.pgd.linf;
    const end = adversaryAt(() => fixtureTensor(xFinal), eps);
    const metric = localLinearity({ adversary: end });
    const cleanLogits = tf.tidy(() => model.logits(batch.inputs));
    const noise = createNoise(0, batch.ids);
    const value = metric.compute(await metric.update(metric.init(), { model, batch, cleanLogits, attacked: {}, noise }));
    const size = xFinal.data.length / 6;
    const gammas = finalLosses.data.map((final, i) => {
      const own = Array.from({ length: size }, (_, j) => i * size + j);
      const slope = own.reduce((sum, k) => sum + fixture.inputGradient.data[k]! * (xFinal.data[k]! - fixture.x.data[k]!), 0);
      return Math.abs(final - fixture.ce.data[i]! - slope);
    });
    expect(value.ascent.mean! / (gammas.reduce((sum, gamma) => sum + gamma) / 6)).toBeCloseTo(1, 4);
    expect(value.ascent.worst! / Math.max(...gammas)).toBeCloseTo(1, 4);
    tf.dispose([batch.inputs, batch.labels, cleanLogits]);
    model.dispose();
  });

  it('counts every draw, and the points it draws lie in ball and box', async () => {
    const asked: tf.Tensor[] = [];
    const linear = linearModel([1], 0);
    const logits = (x: tf.Tensor): tf.Tensor2D => {
      asked.push(tf.keep(tf.clone(x)));
      return linear.logits(x);
    };
    const model = { ...linear, logits };
    const value = await figuresOf(localLinearity({ adversary, draws: 12 }), observe(model, [[0.02], [0.5]], [1, 1]));
    expect(value.alignment.n).toBe(24);
    const seen = (await Promise.all(asked.map((x) => x.data()))) as Float32Array[];
    expect(new Set(seen.map(([, x]) => x)).size).toBeGreaterThanOrEqual(14);
    for (const [low, middle] of seen as unknown as [number, number][]) {
      expect(low).toBeGreaterThanOrEqual(0);
      expect(low).toBeLessThanOrEqual(0.12 + 1e-6);
      expect(Math.abs(middle - 0.5)).toBeLessThanOrEqual(0.1 + 1e-6);
    }
    tf.dispose(asked);
  });

  it('a gradient of zero has no direction, and a loss that is not finite no gamma', async () => {
    const constant = binaryModel('constant', [1], (x) => tf.mul(tf.reshape(x, [-1]), 0) as Tensor1D);
    expect(await figuresOf(localLinearity({ adversary }), observe(constant, [[0.5]], [1]))).toEqual({
      ascent: { mean: 0, worst: 0 },
      random: { mean: 0, worst: 0 },
      alignment: { mean: null, worst: null, n: 0 },
      nonFinite: 0,
      n: 1,
    });
    const broken = binaryModel('broken', [1], (x) => tf.sqrt(tf.sub(0.8, tf.reshape(x, [-1]))) as Tensor1D);
    const value = await figuresOf(localLinearity({ adversary }), observe(broken, [[0.2], [0.95]], [1, 1]));
    expect(value).toMatchObject({ nonFinite: 2, n: 2, alignment: { n: 1, worst: expect.closeTo(1, 5) } });
    expect(Number.isFinite(value.ascent.mean)).toBe(true);
  });

  it('says what is wrong with its options', () => {
    expect(() => localLinearity({ adversary: { ...adversary, on: 'all' } })).toThrow(
      'localLinearity: expected `adversary.on` to be \'labelled\', got "all". The loss needs the labels.',
    );
    expect(() => localLinearity({ adversary, draws: 0 })).toThrow(
      'localLinearity: expected `draws` to be an integer of at least 1, got 0.',
    );
    expect(() => localLinearity({ adversary, points: 2 } as never)).toThrow('got "points".');
  });
});
