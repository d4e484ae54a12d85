import { pieces } from '@groundstate/core';
import type { NamedTensorMap, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { type AdamOptions, adam } from './adam';

const shapes: Readonly<Record<string, number[]>> = { bias: [], row: [3], kernel: [2, 3], filter: [2, 2, 1, 2] };
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
const start = (name: string): number[] => Array.from({ length: sizeOf(shapes[name]!) }, (_, i) => Math.fround(Math.sin(i + name.length)));
/** Of sizes from 1e-3 to 10, with changing signs. */
const gradient = (name: string, step: number): number[] =>
  start(name).map((_, i) => Math.fround(10 ** ((i % 5) - 3) * Math.cos(3 * i + 0.7 * step)));

const steps = 12;

/** Algorithm 1 of the paper, line by line, in double precision; the bias corrections come from repeated products. */
function reference(name: string, rate: number, options: AdamOptions): number[] {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  return start(name).map((first, i) => {
    let [w, m, v, product1, product2] = [first, 0, 0, 1, 1];
    for (let step = 1; step <= steps; step++) {
      const g = gradient(name, step)[i]!;
      const keep = typeof beta1 === 'number' ? beta1 : beta1((step - 1) / steps);
      m = keep * m + (1 - keep) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      product1 *= keep;
      product2 *= beta2;
      w *= 1 - rate * weightDecay;
      w -= (rate * (m / (1 - product1))) / (Math.sqrt(v / (1 - product2)) + epsilon);
    }
    return w;
  });
}

it.each<AdamOptions>([
  {},
  { beta1: 0.5, beta2: 0.9, epsilon: 0.1 },
  { beta1: 0 },
  { beta1: pieces([0, 0.9], [0.5, 0.5]), weightDecay: 0.3 },
  { beta1: (progress) => 0.9 - 0.4 * progress },
])('adam(%o) follows the paper, for every shape', async (options) => {
  const before = tf.memory().numTensors;
  const optimiser = adam(options);
  const weights: Record<string, Variable> = {};
  for (const [name, shape] of Object.entries(shapes)) weights[name] = tf.tidy(() => tf.variable(tf.tensor(start(name), shape)));
  let state = optimiser.init(weights);
  expect(Object.keys(state.slots).sort()).toEqual(
    Object.keys(shapes)
      .flatMap((name) => [`m/${name}`, `v/${name}`])
      .sort(),
  );
  for (let step = 1; step <= steps; step++) {
    const last = state;
    const next = tf.tidy(() => {
      const gradients: NamedTensorMap = {};
      for (const [name, shape] of Object.entries(shapes)) gradients[name] = tf.tensor(gradient(name, step), shape);
      const { weights: updated, state: after } = optimiser.update(weights, gradients, last, 0.05, steps);
      for (const [name, value] of Object.entries(updated)) weights[name]!.assign(value);
      return after as { step: number; slots: NamedTensorMap };
    });
    tf.dispose(last.slots);
    state = next;
    expect(state.step).toBe(step);
  }
  for (const name of Object.keys(shapes)) {
    const expected = reference(name, 0.05, options);
    // Twelve float32 steps of up to 0.05 on weights of up to 1: some units in the last place.
    for (const [i, value] of (await weights[name]!.data()).entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-6);
  }
  tf.dispose([state.slots, weights]);
  expect(tf.memory().numTensors).toBe(before);
});

it('the first step moves every weight by the learning rate, against the sign of its gradient', () => {
  // t = 1: m / (1 - b1) = g and v / (1 - b2) = g^2, so the step is rate g / |g|.
  tf.tidy(() => {
    const weights = { w: tf.variable(tf.tensor1d([1, 1, 1])) };
    const { weights: updated } = adam().update(weights, { w: tf.tensor1d([3, -0.01, 0]) }, adam().init(weights), 0.1);
    expect(Array.from(updated.w!.dataSync()).map((value) => value.toFixed(5))).toEqual(['0.90000', '1.10000', '1.00000']);
    weights.w.dispose();
  });
});

it('a weight without a gradient stays out of the update, and its slots are kept', () => {
  tf.tidy(() => {
    const weights = { moved: tf.variable(tf.scalar(1)), idle: tf.variable(tf.scalar(2)) };
    const state = adam().init(weights);
    const { weights: updated, state: after } = adam().update(weights, { moved: tf.scalar(1) }, state, 0.1);
    expect(Object.keys(updated)).toEqual(['moved']);
    expect(after.slots['m/idle']).toBe(state.slots['m/idle']);
    expect(after.slots['m/moved']).not.toBe(state.slots['m/moved']);
    tf.dispose(weights);
  });
});

it('a schedule of beta1 is part of its name, and has to know of how many steps it is', () => {
  const names = [0.5, 0.9].map((last) => adam({ beta1: pieces([0, 0.9], [0.7, last]) }).name);
  expect(names).toEqual(['adam(0.9 0.5 from 0.7, 0.999, 1e-8)', 'adam(0.9, 0.999, 1e-8)']);
  const weights = { w: tf.variable(tf.scalar(1)) };
  tf.tidy(() => {
    const optimiser = adam({ beta1: () => 0.9 });
    const update = () => optimiser.update(weights, { w: tf.scalar(1) }, optimiser.init(weights), 0.1);
    expect(update).toThrow('adam: expected `steps` to be given where `beta1` is a schedule, got undefined.');
  });
  weights.w.dispose();
});

it('says what is wrong with its options', () => {
  expect(() => adam({ beta2: 1 })).toThrow('adam: expected `beta2` to be below 1, got 1.');
  expect(() => adam({ beta1: 1.5 })).toThrow('adam: expected `beta1` to be a finite number of at least 0 and of at most 1, got 1.5.');
  expect(() => adam({ epsilon: 0 })).toThrow('adam: expected `epsilon` to be a finite number above 0, got 0.');
  expect(() => adam({ beta: 0.9 } as AdamOptions)).toThrow(
    "expected `option` to be one of 'beta1', 'beta2', 'epsilon', 'weightDecay', 'decay', got \"beta\".",
  );
});
