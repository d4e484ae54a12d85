import { createNoise } from '@groundstate/core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valuesOf } from '../tests/trace';
import { layPattern, placeWindows, shareAt, type Windows, windowPattern, windowSize } from './square-windows';

const noiseFor = (n: number) =>
  createNoise(
    3,
    Int32Array.from({ length: n }, (_, i) => i),
  );

describe('the schedule', () => {
  it('halves the share after 10, 50, 200, 500, 1000, 2000, 4000, 6000 and 8000 queries', () => {
    for (const [k, limit] of [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000].entries()) {
      expect(shareAt(limit, 0.8)).toBe(0.8 / 2 ** k);
      expect(shareAt(limit + 1, 0.8)).toBe(0.8 / 2 ** (k + 1));
    }
    expect(shareAt(0, 0.8)).toBe(0.8);
  });

  it('runs through the whole of it within fewer queries where it is rescaled', () => {
    // Query 1 of 100 stands for 100 of 10,000, beyond two limits; query 99 for 9900, beyond all nine.
    expect([0, 1, 99].map((query) => shareAt(query, 0.8, 100))).toEqual([0.8, 0.2, 0.8 / 512]);
    expect(shareAt(500, 0.8, 1000)).toBe(shareAt(5000, 0.8));
  });
});

describe('windows', () => {
  it('cover about their share of the image and fit into it', () => {
    expect(windowSize(0.8, 28, 28)).toEqual([25, 25]);
    expect(windowSize(1e-6, 28, 28)).toEqual([1, 1]);
    // A vector has room for one row only: the width makes up for it. The same with a low image.
    expect(windowSize(0.5, 1, 12)).toEqual([1, 6]);
    expect(windowSize(0.8, 4, 8)).toEqual([4, 6]);
    expect(windowSize(0.8, 8, 4)).toEqual([6, 4]);
    const side = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(fc.double({ min: 1e-4, max: 1, noNaN: true }), side, side, (share, height, width) => {
        const [rows, columns] = windowSize(share, height, width);
        expect(rows >= 1 && rows <= height && columns >= 1 && columns <= width).toBe(true);
      }),
    );
  });

  it('lie inside the image, at every place, the last row and column included', () => {
    const { mask, row, column } = placeWindows(noiseFor(400), [2, 3], 5, 4);
    for (const covered of valuesOf(tf.sum(mask, [1, 2, 3]))) expect(covered).toBe(6);
    // The offset of pixel 0 from the corner is minus the corner.
    const corners = (offset: Tensor4D): number[] =>
      [...new Set(valuesOf(tf.neg(tf.min(offset, [1, 2, 3]))))].map((corner) => corner + 0).sort();
    expect(corners(row)).toEqual([0, 1, 2, 3]);
    expect(corners(column)).toEqual([0, 1]);
  });

  it('are placed row by row: the other rows of the batch do not matter', () => {
    const kept = Int32Array.from([7, 2]);
    const all = placeWindows(noiseFor(9), [2, 2], 6, 6).mask;
    const some = placeWindows(noiseFor(9).rows(kept), [2, 2], 6, 6).mask;
    expect(valuesOf(some)).toEqual(valuesOf(tf.gather(all, tf.tensor1d(kept, 'int32'))));
    expect(new Set(tf.unstack(all).map((mask) => valuesOf(mask).join())).size).toBeGreaterThan(4);
  });
});

describe('the pattern', () => {
  it('of side 3 under l2 is what the definition gives by hand', () => {
    // Upper part, 1 by 3 about (0, 1): the middle lies in both rectangles, 1 + 1/4 = 5/4, its neighbours in the second, 1/4:
    // (1, 5, 1) / 4 of length sqrt(27) / 4. Lower part, 2 by 3 about (1, 1): (1, 1, 1; 1, 5, 1) / 4 of length sqrt(30) / 4.
    // Each part of length 1, together sqrt(2).
    const [up, down] = [1 / Math.sqrt(54), -1 / Math.sqrt(60)];
    const wanted = [up, 5 * up, up, down, down, down, down, 5 * down, down];
    for (const [i, value] of windowPattern(3, 'l2').entries()) expect(value).toBeCloseTo(wanted[i]!, 6);
  });

  it('of side 3 under l1 has steeper pyramids, and lengths that are sums', () => {
    // The weights of the rectangles are 1 and 1/16 now: the upper part (1, 17, 1) / 16, whose sum is 19 / 16; the lower part
    // (1, 1, 1; 1, 17, 1) / 16, whose sum is 22 / 16. Each part of sum 1, together 2.
    const wanted = [1 / 38, 17 / 38, 1 / 38, ...[-1, -1, -1, -1, -17, -1].map((value) => value / 44)];
    for (const [i, value] of windowPattern(3, 'l1').entries()) expect(value).toBeCloseTo(wanted[i]!, 6);
  });

  it.each([1, 3, 5, 7])('of side %i has unit length, positive rows above negative ones, and mirror symmetry', (side) => {
    const pattern = windowPattern(side, 'l2');
    expect(Math.hypot(...pattern)).toBeCloseTo(1, 6);
    expect(windowPattern(side, 'l1').reduce((sum, value) => sum + Math.abs(value), 0)).toBeCloseTo(1, 6);
    for (const [i, value] of pattern.entries()) {
      const [row, column] = [Math.floor(i / side), i % side];
      expect(Math.sign(value)).toBe(row < Math.floor(side / 2) ? 1 : -1);
      expect(value).toBe(pattern[row * side + (side - 1 - column)]);
    }
    // Steepest about the middle of the larger, lower part.
    const middle = Math.floor(side / 2) + Math.floor(Math.ceil(side / 2) / 2);
    expect(Math.min(...pattern)).toBe(pattern[middle * side + Math.floor(side / 2)]);
  });

  it('is laid into its window, and on its side where the coin says so', () => {
    const axis = (values: number[], shape: [number, number, number, number]): Tensor4D => tf.tensor4d(values, shape);
    // A window of side 3 in the corner (1, 0) of a 4 by 3 image.
    const windows: Windows = {
      mask: axis([0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 4, 3, 1]),
      row: axis([-1, 0, 1, 2], [1, 4, 1, 1]),
      column: axis([0, 1, 2], [1, 1, 3, 1]),
    };
    const numbers = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const laid = (coin: number): number[] => [...valuesOf(layPattern(numbers, 3, windows, tf.fill([1, 1, 1, 1], coin)))];
    expect(laid(1)).toEqual([0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(laid(-1)).toEqual([0, 0, 0, 1, 4, 7, 2, 5, 8, 3, 6, 9]);
  });
});
