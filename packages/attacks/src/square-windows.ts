/** Where Square looks: the schedule of its window sizes, windows placed row by row, and the pattern that fills them under l2 and l1. */
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

/** How steep the pyramids of a norm are, and by what their parts are divided. */
const pyramids = {
  l2: { power: 2, length: (values: readonly number[]): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0)) },
  l1: { power: 4, length: (values: readonly number[]): number => values.reduce((sum, value) => sum + Math.abs(value), 0) },
} as const;

/** Nested rectangles about the middle, the k-th of weight 1 / (k + 1)^power, as `[rows, columns]` of unit length. */
function pyramid(rows: number, columns: number, norm: keyof typeof pyramids): number[][] {
  const layers = Math.max(Math.floor(rows / 2), Math.floor(columns / 2)) + 1;
  const height = (i: number, j: number): number => {
    let sum = 0;
    const inner = Math.max(Math.abs(i - Math.floor(rows / 2)), Math.abs(j - Math.floor(columns / 2)));
    for (let k = inner; k < layers; k++) sum += 1 / (k + 1) ** pyramids[norm].power;
    return sum;
  };
  return normalise(
    Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => height(i, j))),
    norm,
  );
}

function normalise(pattern: number[][], norm: keyof typeof pyramids): number[][] {
  const length = pyramids[norm].length(pattern.flat());
  return length === 0 ? pattern : pattern.map((row) => row.map((value) => value / length));
}

/** The pattern of a side: a pyramid up in its first rows, one down in the rest, of unit length together in the norm; row by row. */
export function windowPattern(side: number, norm: keyof typeof pyramids): Float32Array {
  const upper = Math.floor(side / 2);
  const down = pyramid(side - upper, side, norm).map((row) => row.map((value) => -value));
  return Float32Array.from(normalise([...pyramid(upper, side, norm), ...down], norm).flat());
}

/**
 * The pattern laid into windows of its side, zero outside, transposed where `coin` is below 0: `[n, height, width, 1]`. As two products
 * with matrices that hold a 1 where a pixel sees an entry: on wasm many times as fast as to look every pixel up.
 */
export function layPattern(pattern: Float32Array, side: number, { row, column }: Windows, coin: Tensor): Tensor4D {
  const [n, height = 0] = row.shape;
  const width = column.shape[2];
  const entries = tf.range(0, side);
  const down = tf.cast(tf.equal(tf.reshape(row, [n, height, 1]), entries), 'float32');
  const across = tf.cast(tf.equal(tf.reshape(column, [n, 1, width]), tf.reshape(entries, [side, 1])), 'float32');
  const upright = tf.tensor3d(pattern, [1, side, side]);
  const toss = tf.reshape(coin, [-1, 1, 1]);
  // One of the two is multiplied by 1, the other by 0.
  const turned = tf.add(tf.mul(upright, tf.relu(toss)), tf.mul(tf.transpose(upright, [0, 2, 1]), tf.relu(tf.neg(toss))));
  return tf.reshape(tf.matMul(tf.matMul(down, turned), across), [n, height, width, 1]);
}
