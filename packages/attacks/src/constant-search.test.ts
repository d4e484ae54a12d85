import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { valuesOf } from '../tests/trace';
import { nextConstant, startSearch } from './constant-search';

/** The constants that are tried, where whatever is at least `enough` fools the model. */
function tried(enough: readonly number[], initial: number, rounds: number): number[][] {
  return tf.tidy(() => {
    let search = startSearch(enough.length, initial);
    const constants: number[][] = [];
    for (let round = 0; round < rounds; round++) {
      constants.push([...valuesOf(search.constant)]);
      const found = tf.cast(tf.greaterEqual(search.constant, tf.tensor1d([...enough])), 'float32') as Tensor1D;
      search = nextConstant(search, found, tf.fill([enough.length], round) as Tensor1D, rounds);
    }
    return constants;
  });
}

describe('the search for a constant', () => {
  it('goes up tenfold, then halves the bracket, each example for itself', () => {
    // Enough is 30: 1, 10, 100 (found), 55 (found), 32.5 (found), 21.25. Enough is 0.3: found at once, and 0.5, 0.25, 0.375, ...
    expect(tried([30, 0.3], 1, 6)).toEqual([
      [1, 1],
      [10, 0.5],
      [100, 0.25],
      [55, 0.375],
      [32.5, 0.3125],
      [21.25, 0.28125],
    ]);
  });

  it('spends the last of ten rounds on the smallest that has worked, and is finite where nothing has', () => {
    // Enough is 29: 1, 10, 100 (found), 55 (found), 32.5 (found), 21.25, 26.875, 29.6875 (found), 28.28125; halving would go to 28.98.
    const constants = tried([29, Number.POSITIVE_INFINITY], 1, 10);
    expect(constants.map(([first]) => first)).toEqual([1, 10, 100, 55, 32.5, 21.25, 26.875, 29.6875, 28.28125, 29.6875]);
    expect(constants[9]![1]).toBe(1e10);
  });
});
