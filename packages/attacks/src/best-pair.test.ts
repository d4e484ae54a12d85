import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestPair } from './best-pair';

type Coordinate = { readonly a: number; readonly b: number; readonly free: number };

/** All pairs in turn; of equal ones the first. */
function byHand(row: readonly Coordinate[]): number[] {
  let [best, score]: [number[], number] = [[], 0];
  for (const [p, first] of row.entries()) {
    for (const [q, second] of row.entries()) {
      const [a, b] = [first.a + second.a, first.b + second.b];
      if (q <= p || !first.free || !second.free || a <= 0 || b <= 0 || a * b <= score) continue;
      [best, score] = [[p, q], a * b];
    }
  }
  return best;
}

function ours(rows: readonly (readonly Coordinate[])[], tile?: number): number[][] {
  return tf.tidy(() => {
    const of = (key: keyof Coordinate): Tensor2D => tf.tensor2d(rows.map((row) => row.map((coordinate) => coordinate[key])));
    const { found, coordinates } = bestPair(of('a'), of('b'), of('free'), tile);
    const chosen = (coordinates.arraySync() as number[][]).map((row) => row.flatMap((value, i) => (value === 1 ? [i] : [])));
    expect([...found.dataSync()]).toEqual(chosen.map(({ length }) => (length === 2 ? 1 : 0)));
    return chosen;
  });
}

// Small whole numbers: sums and products are exact, and ties are many. One coordinate of each row sets the scale, or division would round.
const coordinate = fc.record({
  a: fc.integer({ min: -8, max: 7 }),
  b: fc.integer({ min: -8, max: 7 }),
  free: fc.integer({ min: 0, max: 1 }),
});
const scale: Coordinate = { a: -8, b: -8, free: 1 };
const batches = fc
  .integer({ min: 1, max: 24 })
  .chain((d) => fc.array(fc.array(coordinate, { minLength: d, maxLength: d }), { minLength: 1, maxLength: 3 }))
  .map((rows) => rows.map((row) => [...row, scale]));

describe('bestPair', () => {
  it('finds the pair of largest product among all, the first of equal ones, whatever the size of its tiles', () => {
    const law = fc.property(batches, fc.integer({ min: 1, max: 400 }), (rows, tile) => {
      expect(ours(rows, tile)).toEqual(rows.map(byHand));
      expect(ours(rows)).toEqual(rows.map(byHand));
    });
    fc.assert(law, { seed: 17, numRuns: 150 });
  });

  it('finds none where there is one coordinate only, or no slope, or both sums cannot be positive', () => {
    const free = 1;
    expect(ours([[{ a: 1, b: 1, free }]])).toEqual([[]]);
    expect(ours([new Array<Coordinate>(3).fill({ a: 0, b: 0, free })])).toEqual([[]]);
    expect(ours([new Array<Coordinate>(3).fill({ a: 1, b: -1, free })])).toEqual([[]]);
  });

  it('does not see the scale of the slopes, where their products would vanish or overflow', () => {
    const row = [3, 1, 2].map((a) => ({ a, b: a, free: 1 }));
    for (const factor of [1e-28, 1e-20, 1e30])
      expect(ours([row.map(({ a, b }) => ({ a: a * factor, b: b * factor, free: 1 }))])).toEqual([[0, 2]]);
  });
});
