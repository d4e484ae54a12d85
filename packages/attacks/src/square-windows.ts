/** Where Square looks: the schedule of its window sizes, windows placed row by row, and the l2 pattern that fills them. */
import type { Noise } from '@groundstate/core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** After so many of 10,000 queries the share of pixels is divided by the next power of two. */
const halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];

/** The share of the pixels that a window covers at a query (0 is the first). */
export function shareAt(query: number, initial: number, rescaledTo?: number): number {
  const pace = rescaledTo === undefined ? query : Math.floor((query / rescaledTo) * 10000);
  return initial / 2 ** halvings.filter((limit) => pace > limit).length;
}

/** Height and width of a window of this share; as square as the image allows. */
export function windowSize(share: number, height: number, width: number): readonly [number, number] {
  const side = Math.max(1, Math.round(Math.sqrt(share * height * width)));
  const rows = Math.min(side, height);
  const columns = Math.min(side, width);
  if (rows === columns) return [rows, columns];
  // One side is at its limit: the other makes up for it.
  const area = share * height * width;
  return rows < columns
    ? [rows, Math.min(width, Math.max(1, Math.round(area / rows)))]
    : [Math.min(height, Math.max(1, Math.round(area / columns))), columns];
}

export type Windows = {
  /** `[n, height, width, 1]`: 1 inside. */
  readonly mask: Tensor4D;
  /** Offsets of every pixel from its window's corner, `[n, height, 1, 1]` and `[n, 1, width, 1]`. */
  readonly row: Tensor4D;
  readonly column: Tensor4D;
};

/** A window of one size for every example, each at a place of its own; every place is possible. */
export function placeWindows(noise: Noise, [rows, columns]: readonly [number, number], height: number, width: number): Windows {
  const offsets = (length: number, size: number, axis: 'row' | 'column'): Tensor4D => {
    const corner = tf.floor(noise.stream(axis).uniform([1, 1, 1], [0, length - size + 1]));
    const pixels = tf.reshape(tf.range(0, length), axis === 'row' ? [1, length, 1, 1] : [1, 1, length, 1]);
    return tf.sub(pixels, corner) as Tensor4D;
  };
  const inside = (offset: Tensor4D, size: number): Tensor =>
    tf.cast(tf.logicalAnd(tf.greaterEqual(offset, 0), tf.less(offset, size)), 'float32');
  const row = offsets(height, rows, 'row');
  const column = offsets(width, columns, 'column');
  return { mask: tf.mul(inside(row, rows), inside(column, columns)) as Tensor4D, row, column };
}

/** Nested rectangles about the middle, the k-th of weight 1 / (k + 1)^2, as `[rows, columns]` of unit length. */
function pyramid(rows: number, columns: number): number[][] {
  const layers = Math.max(Math.floor(rows / 2), Math.floor(columns / 2)) + 1;
  const height = (i: number, j: number): number => {
    let sum = 0;
    const inner = Math.max(Math.abs(i - Math.floor(rows / 2)), Math.abs(j - Math.floor(columns / 2)));
    for (let k = inner; k < layers; k++) sum += 1 / (k + 1) ** 2;
    return sum;
  };
  return normalise(Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => height(i, j))));
}

function normalise(pattern: number[][]): number[][] {
  const length = Math.sqrt(pattern.flat().reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? pattern : pattern.map((row) => row.map((value) => value / length));
}

/** The l2 pattern of a side: a pyramid up in its first rows, one down in the rest, of unit length together; row by row. */
export function l2Pattern(side: number): Float32Array {
  const upper = Math.floor(side / 2);
  const down = pyramid(side - upper, side).map((row) => row.map((value) => -value));
  return Float32Array.from(normalise([...pyramid(upper, side), ...down]).flat());
}

/** The pattern laid into windows of its side, zero outside, transposed where `coin` is below 0: `[n, height, width, 1]`. */
export function layPattern(pattern: Float32Array, side: number, { mask, row, column }: Windows, coin: Tensor): Tensor4D {
  const across = tf.cast(tf.less(coin, 0), 'float32');
  const down = tf.sub(1, across);
  const rowStride = tf.add(tf.mul(down, side), across);
  const columnStride = tf.add(tf.mul(across, side), down);
  const place = tf.add(tf.mul(row, rowStride), tf.mul(column, columnStride));
  // Outside the window every pixel looks at entry 0 and is then multiplied by zero.
  const index = tf.cast(tf.mul(place, mask), 'int32');
  return tf.mul(tf.gather(tf.tensor1d(pattern), index), mask) as Tensor4D;
}
