import { readFileSync } from 'node:fs';
import type { NamedTensorMap, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { adam, type Optimiser, type SgdOptions, sgd } from '../src/index';

/** Made by weight-decay.py beside it, with PyTorch in double precision. */
const fixture = JSON.parse(readFileSync(new URL('./fixtures/weight-decay.json', import.meta.url), 'utf8')) as {
  readonly steps: number;
  readonly rate: number;
  readonly shapes: Readonly<Record<string, number[]>>;
  readonly runs: readonly {
    readonly optimiser: string;
    readonly weightDecay: number;
    readonly spared: readonly string[];
    readonly weights: Readonly<Record<string, number[]>>;
  }[];
};

const sizeOf = (name: string): number => fixture.shapes[name]!.reduce((product, side) => product * side, 1);
const start = (name: string): number[] => Array.from({ length: sizeOf(name) }, (_, i) => Math.sin(i + name.length));
const gradient = (name: string, step: number): number[] => start(name).map((_, i) => Math.cos(3 * i + 0.7 * step + name.length));

const kinds: Readonly<Record<string, (options: SgdOptions) => Optimiser>> = {
  sgd: (options) => sgd(options),
  'sgd momentum': (options) => sgd({ momentum: 0.9, ...options }),
  'sgd nesterov': (options) => sgd({ momentum: 0.9, nesterov: true, ...options }),
  adam: (options) => adam(options as object),
};

it.each(fixture.runs)("$optimiser with a weight decay of $weightDecay, sparing $spared, is PyTorch's", async (run) => {
  const before = tf.memory().numTensors;
  const { weightDecay, spared } = run;
  const choice = spared.length > 0 ? { decay: (name: string) => !spared.includes(name) } : {};
  const optimiser = kinds[run.optimiser]!({ weightDecay, ...choice });
  const weights: Record<string, Variable> = {};
  for (const [name, shape] of Object.entries(fixture.shapes)) weights[name] = tf.tidy(() => tf.variable(tf.tensor(start(name), shape)));
  let state = optimiser.init(weights);
  for (let step = 1; step <= fixture.steps; step++) {
    const last = state;
    state = tf.tidy(() => {
      const gradients: NamedTensorMap = {};
      for (const [name, shape] of Object.entries(fixture.shapes)) gradients[name] = tf.tensor(gradient(name, step), shape);
      const { weights: updated, state: after } = optimiser.update(weights, gradients, last, fixture.rate);
      for (const [name, value] of Object.entries(updated)) weights[name]!.assign(value);
      return after as { step: number; slots: NamedTensorMap };
    });
    tf.dispose(last.slots);
  }
  for (const [name, expected] of Object.entries(run.weights)) {
    const wanted = [expected].flat();
    for (const [i, value] of (await weights[name]!.data()).entries()) expect(Math.abs(value - wanted[i]!)).toBeLessThan(2e-6);
  }
  tf.dispose([state.slots, weights]);
  expect(tf.memory().numTensors).toBe(before);
});

it('the fixture tells the settings apart by a thousand times the tolerance', () => {
  const largest = (optimiser: string): number[] =>
    fixture.runs.filter((run) => run.optimiser === optimiser).map(({ weights }) => weights.kernel![0]! as unknown as number);
  for (const kind of Object.keys(kinds)) {
    const [none, , some, , more] = largest(kind);
    expect(Math.abs(none! - some!)).toBeGreaterThan(2e-3);
    expect(Math.abs(some! - more!)).toBeGreaterThan(2e-3);
  }
});

it('its size is part of the name, and a size below 0 is refused', () => {
  expect([sgd({ momentum: 0.9, weightDecay: 5e-4 }).name, adam({ weightDecay: 0.01 }).name]).toEqual([
    'sgd(0.9, weight-decay 0.0005)',
    'adam(0.9, 0.999, 1e-8, weight-decay 0.01)',
  ]);
  expect(() => sgd({ weightDecay: -1 })).toThrow('sgd: expected `weightDecay` to be a finite number of at least 0, got -1.');
  expect(() => adam({ weightDecay: -1 })).toThrow('adam: expected `weightDecay` to be a finite number of at least 0, got -1.');
});
