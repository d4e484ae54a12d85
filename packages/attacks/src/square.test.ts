import { createNoise, l0, l1, l2, linf, type Model, type Norm, perturb } from '@groundstate/core';
import { binaryModel, describeAttack, linearModel, smoothModel } from '@groundstate/testing';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type Trace, traceOf, valuesOf } from '../tests/trace';
import { apgdCe, gaussianNoise, pgd, uniformNoise } from './index';
import { square } from './square';

describeAttack(() => square({ queries: 25 }));

const n = 4;
const ids = Int32Array.from({ length: n }, (_, i) => i);
const noise = createNoise(6, ids);

/** The attack on random inputs, to the end: it is not stopped where it has fooled the model. */
function run(shape: readonly number[], norm: Norm, epsilon: number, queries = 60): Trace & { readonly inputs: Tensor } {
  const model = smoothModel({ inputShape: shape });
  const inputs = noise.stream('inputs').uniform(shape, [0.4, 0.6]);
  const labels = tf.tidy(() => tf.argMax(model.logits(inputs), 1) as Tensor1D);
  const goal = { kind: 'misclassify', labels } as const;
  const trace = traceOf(square({ queries }), { model, inputs, goal, labels, threat: { norm, epsilon }, noise: noise.stream('attack') });
  model.dispose();
  return { ...trace, inputs };
}

/** The margins that were kept after each of 60 queries on grey images. */
function marginsOn(model: Model, norm: Norm): Float32Array[] {
  const labels = tf.ones([n], 'int32') as Tensor1D;
  const problem = { model, inputs: tf.fill([n, 6, 6, 1], 0.5), threat: { norm, epsilon: 0.2 }, noise: noise.stream('attack') };
  const { rows } = traceOf(square({ queries: 60 }), { ...problem, goal: { kind: 'misclassify', labels }, labels });
  return rows.map(({ margin }) => margin!);
}

describe('square', () => {
  it('uses the whole linf budget at every pixel of every candidate', () => {
    const { points, inputs } = run([6, 6, 2], linf(), 0.125);
    expect(points.length).toBe(61);
    const clean = valuesOf(inputs);
    for (const point of points)
      for (const [i, value] of point.entries()) expect(Math.abs(Math.abs(value - clean[i]!) - 0.125)).toBeLessThan(1e-6);
  });

  it('changes one window and no other pixel, the same way within a channel', () => {
    const { points, rows } = run([6, 6, 2], linf(), 0.125, 12);
    const before = [points[0]!, ...rows.map(({ adversarial }) => adversarial!)];
    for (const [query, candidate] of points.slice(1).entries()) {
      const change = tf.sub(tf.tensor4d(candidate, [n, 6, 6, 2]), tf.tensor4d(before[query]!, [n, 6, 6, 2]));
      for (const channel of tf.unstack(tf.reshape(tf.transpose(change, [0, 3, 1, 2]), [-1, 36]))) {
        expect(
          new Set(
            valuesOf(channel)
              .map((value) => Math.sign(Math.round(value * 1e4)))
              .filter(Boolean),
          ).size,
        ).toBeLessThanOrEqual(1);
      }
    }
  });

  it.each([
    { norm: l2(), epsilon: 0.3, channels: 1 },
    { norm: l1(), epsilon: 1, channels: 1 },
    { norm: l1(), epsilon: 1, channels: 3 },
  ])('keeps every candidate on the sphere where the box is far: $norm.name, $channels channel(s)', ({ norm, epsilon, channels }) => {
    const { points, inputs } = run([9, 9, channels], norm, epsilon, 30);
    for (const point of points) {
      for (const size of valuesOf(norm.size(tf.sub(tf.tensor(point, inputs.shape), inputs)))) expect(size).toBeCloseTo(epsilon, 5);
    }
  });

  it('uses the l1 budget where the box is near, and more than its first tiles have', () => {
    // Fifteen by fifteen pixels: 25 tiles of mass 1 each. A pixel can move by 0.4 at least one way, 225 of them by 90 and more.
    const { points, inputs } = run([15, 15, 1], l1(), 40, 12);
    const sizes = points.map((point) => [...valuesOf(l1().size(tf.sub(tf.tensor(point, inputs.shape), inputs)))]);
    for (const size of sizes.flat()) expect(size).toBeLessThanOrEqual(40 * (1 + 1e-6));
    for (const size of sizes[0]!) expect(size).toBeGreaterThan(30);
    for (const point of points) for (const value of point) expect(value >= 0 && value <= 1).toBe(true);
  });

  it.each([linf(), l2(), l1()])('never accepts a lower margin under $name, also where the model is fooled already', (norm) => {
    // The lead is a little above zero at the clean input: the search soon goes on among points that fool the model.
    const weights = Array.from({ length: 36 }, (_, i) => Math.sin(i + 1));
    const model = linearModel(weights, 0.1 - 0.5 * weights.reduce((sum, weight) => sum + weight, 0), [6, 6, 1]);
    const margins = marginsOn(model, norm);
    for (const [i, margin] of margins.slice(1).entries()) {
      for (let row = 0; row < n; row++) expect(margin[row]).toBeGreaterThanOrEqual(margins[i]![row]!);
    }
    expect(Math.min(...margins.at(-1)!)).toBeGreaterThan(0);
  });

  it('finds its way out of a start where the logits are not numbers', () => {
    // A number only where the first pixel does not rise: half of the starts are none.
    const model = binaryModel('broken', [6, 6, 1], (inputs) => {
      const first = tf.reshape(tf.slice(inputs, [0, 0, 0, 0], [-1, 1, 1, 1]), [-1]);
      return tf.add(1, tf.sqrt(tf.sub(0.5, first))) as Tensor1D;
    });
    const margins = marginsOn(model, linf());
    expect(Math.min(...margins[0]!)).toBeLessThan(-1e29);
    expect(Math.min(...margins.at(-1)!)).toBeGreaterThan(-3);
  });

  it.each([[[12]], [[1]], [[4, 7]], [[3, 9, 2]], [[2, 2, 3]], [[17, 5, 1]]])('works on inputs of shape %j', (shape) => {
    for (const norm of [linf(), l2(), l1()]) {
      const { points, inputs } = run(shape, norm, 0.1, 15);
      for (const point of points) {
        for (const size of valuesOf(norm.size(tf.sub(tf.tensor(point, inputs.shape), inputs)))) {
          expect(size).toBeLessThan(0.1 + 1e-6);
          expect(size).toBeGreaterThan(0.09);
        }
      }
    }
  });

  it('says what is wrong with its options, its norm and its inputs', async () => {
    expect(() => square({ steps: 3 } as object)).toThrow(/^square: expected `option` to be one of 'queries', .*, got "steps"\.$/);
    expect(() => square({ queries: 0 })).toThrow('square: expected `queries` to be an integer of at least 1, got 0.');
    expect(() => square({ initialShare: 2 })).toThrow(
      'square: expected `initialShare` to be a finite number above 0 and of at most 1, got 2.',
    );
    expect(() => run([6], l0(), 1)).toThrow(/`threat.norm` to be one that square is defined for \(linf, l2, l1\), got "l0"/);
    expect(() => run([2, 2, 2, 2], linf(), 0.1)).toThrow('square: expected `inputs` to be vectors, matrices or images');
  });
});

describe('masked gradients', () => {
  // The lead of label 1 falls by one for every 0.0125 that the mean of the pixels rises, as a staircase: its gradient is
  // zero wherever it exists. All pixels up by 0.1 is eight steps, and five fool it.
  const staircase = binaryModel('staircase', [8, 8, 1], (inputs) => {
    const mean = tf.mean(tf.reshape(inputs, [inputs.shape[0] ?? 0, 64]), 1);
    return tf.sub(4.5, tf.floor(tf.div(tf.sub(mean, 0.5), 0.0125))) as Tensor1D;
  });
  const request = {
    model: staircase,
    inputs: tf.fill([n, 8, 8, 1], 0.5001),
    goal: { kind: 'misclassify', labels: tf.ones([n], 'int32') as Tensor1D } as const,
    threat: { norm: linf(), epsilon: 0.1 },
    seed: 2,
  };

  it.each([pgd({ steps: 50 }), apgdCe({ steps: 50 }), uniformNoise({ draws: 50 }), gaussianNoise({ draws: 50 })])(
    'look like robustness to $card.name',
    async (attack) => {
      expect([...(await (await perturb(attack, request)).success.data())]).toEqual(new Array(n).fill(0));
    },
  );

  it('do not help against square', async () => {
    const { success, backwards } = await perturb(square({ queries: 300 }), request);
    expect([...(await success.data())]).toEqual(new Array(n).fill(1));
    expect([...backwards]).toEqual(new Array(n).fill(0));
  });
});
