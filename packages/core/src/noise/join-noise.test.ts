import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../tests/tensors';
import type { Noise } from '../contract/noise';
import { createNoise } from './create-noise';
import { joinNoise } from './join-noise';

const first = createNoise(1, Int32Array.from([3, 4])).stream('a');
const second = createNoise(1, Int32Array.from([3])).stream('b');
const joined = joinNoise(first, second);

const draws = (noise: Noise): number[][] =>
  tf.tidy(() => [noise.uniform([2], [1, 3]), noise.normal([2]), noise.signs([2])].map((drawn) => Array.from(drawn.dataSync())));

describe('joinNoise', () => {
  leavesNoTensors();

  it('gives every row the draws it has in its own batch, in every distribution and stream', () => {
    expect(joined.ids).toEqual(Int32Array.from([3, 4, 3]));
    const [left, right] = [draws(first), draws(second)];
    expect(draws(joined)).toEqual(left.map((values, i) => [...values, ...right[i]!]));
    const [below, beside] = [draws(first.stream('x', 2)), draws(second.stream('x', 2))];
    expect(draws(joined.stream('x', 2))).toEqual(below.map((values, i) => [...values, ...beside[i]!]));
  });

  it('gives any rows in any order, and rows of those', () => {
    const [left, right] = [draws(first), draws(second)];
    const some = joined.rows(Int32Array.from([2, 0]));
    expect(some.ids).toEqual(Int32Array.from([3, 3]));
    expect(draws(some)).toEqual(left.map((values, i) => [...right[i]!, ...values.slice(0, 2)]));
    expect(draws(some.rows(Int32Array.from([1])))).toEqual(left.map((values) => values.slice(0, 2)));
    const streamed = draws(first.stream('y'));
    expect(draws(some.stream('y').rows(Int32Array.from([1])))).toEqual(streamed.map((values) => values.slice(0, 2)));
  });

  it('leaves a draw and nothing else behind, outside of a tidy too', () => {
    for (const noise of [joined, joined.rows(Int32Array.from([1]))]) {
      const before = tf.memory().numTensors;
      const drawn = [noise.uniform([2]), noise.normal([2]), noise.signs([2])];
      expect(tf.memory().numTensors - before).toBe(3);
      tf.dispose(drawn);
    }
  });

  it('refuses rows that it does not have, as the noise of one batch does', () => {
    const words = (last: number, got: number): string => `noise.rows: expected \`kept\` to be positions within 0 .. ${last}, got ${got}.`;
    expect(() => joined.rows(Int32Array.from([0, 3]))).toThrow(words(2, 3));
    expect(() => joined.rows(Int32Array.from([1])).rows(Int32Array.from([1]))).toThrow(words(2, -1));
    expect(() => first.rows(Int32Array.from([2]))).toThrow(words(1, 2));
  });
});
