import type { NamedTensorMap, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { type SgdOptions, sgd } from './sgd';

const shapes: Readonly<Record<string, number[]>> = { bias: [], kernel: [2, 3], filter: [2, 1, 1, 2] };
const start = (name: string): number[] =>
  Array.from({ length: shapes[name]!.reduce((a, b) => a * b, 1) }, (_, i) => Math.fround(Math.sin(i + name.length)));
const gradient = (name: string, step: number): number[] => start(name).map((_, i) => Math.fround(Math.cos(3 * i + 0.7 * step)));

/**
 * In double precision, and in another form than ours: heavy ball as w(t+1) = w(t) - rate g(t) + momentum (w(t) - w(t-1));
 * Nesterov's in the form of the paper, where theta is the weight before the look-ahead: v = momentum v - rate g, at the
 * point theta + momentum v, which is what our weights are.
 */
function reference(name: string, steps: number, rate: number, { momentum = 0, nesterov = false }: SgdOptions): number[] {
  return start(name).map((first, i) => {
    let [point, previous, theta, v] = [first, first, first, 0];
    for (let step = 1; step <= steps; step++) {
      const g = gradient(name, step)[i]!;
      v = momentum * v - rate * g;
      theta += v;
      const next = nesterov ? theta + momentum * v : point - rate * g + momentum * (point - previous);
      [previous, point] = [point, next];
    }
    return point;
  });
}

it.each<SgdOptions>([{}, { momentum: 0.9 }, { momentum: 0.9, nesterov: true }])('sgd(%o) follows its formula', async (options) => {
  const before = tf.memory().numTensors;
  const optimiser = sgd(options);
  const weights: Record<string, Variable> = {};
  for (const [name, shape] of Object.entries(shapes)) weights[name] = tf.tidy(() => tf.variable(tf.tensor(start(name), shape)));
  let state = optimiser.init(weights);
  for (let step = 1; step <= 10; step++) {
    const last = state;
    state = tf.tidy(() => {
      const gradients: NamedTensorMap = {};
      for (const [name, shape] of Object.entries(shapes)) gradients[name] = tf.tensor(gradient(name, step), shape);
      const { weights: updated, state: after } = optimiser.update(weights, gradients, last, 0.05);
      for (const [name, value] of Object.entries(updated)) weights[name]!.assign(value);
      return after as { step: number; slots: NamedTensorMap };
    });
    tf.dispose(last.slots);
    expect(state.step).toBe(step);
  }
  for (const name of Object.keys(shapes)) {
    const expected = reference(name, 10, 0.05, options);
    for (const [i, value] of (await weights[name]!.data()).entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-6);
  }
  tf.dispose([state.slots, weights]);
  expect(tf.memory().numTensors).toBe(before);
});

it('without momentum it remembers nothing; a weight without a gradient stays out of the update', () => {
  tf.tidy(() => {
    const weights = { moved: tf.variable(tf.scalar(1)), idle: tf.variable(tf.scalar(2)) };
    expect(sgd().init(weights).slots).toEqual({});
    const state = sgd({ momentum: 0.5 }).init(weights);
    const { weights: updated, state: after } = sgd({ momentum: 0.5 }).update(weights, { moved: tf.scalar(4) }, state, 0.125);
    expect(Object.keys(updated)).toEqual(['moved']);
    expect(updated.moved!.dataSync()[0]).toBe(0.5);
    expect(after.slots['u/idle']).toBe(state.slots['u/idle']);
    tf.dispose(weights);
  });
});

it('its name tells settings apart, and it says what is wrong with its options', () => {
  expect([sgd(), sgd({ momentum: 0.9 }), sgd({ momentum: 0.9, nesterov: true })].map(({ name }) => name)).toEqual([
    'sgd(0)',
    'sgd(0.9)',
    'sgd(0.9, nesterov)',
  ]);
  expect(() => sgd({ nesterov: true })).toThrow('sgd: expected `momentum` to be above 0 with `nesterov`, got 0.');
  expect(() => sgd({ momentum: -1 })).toThrow('sgd: expected `momentum` to be a finite number of at least 0 and of at most 1, got -1.');
  expect(() => sgd({ rate: 1 } as SgdOptions)).toThrow(
    "sgd: expected `option` to be one of 'momentum', 'nesterov', 'weightDecay', 'decay', got \"rate\".",
  );
});
