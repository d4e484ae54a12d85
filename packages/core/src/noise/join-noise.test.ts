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
});
