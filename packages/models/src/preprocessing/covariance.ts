/**
 * Mean and covariance of flattened examples, batch by batch: sum over the examples of (x - centre)(x - centre)^T.
 *
 * The products are the backend's matrix products, which are of single precision; those of CIFAR-10 in JavaScript's double precision would take many
 * minutes. Whitening divides by the roots of the smallest eigenvalues, a millionth of the largest, so single precision will not do. Therefore
 * each number is cut in two, x = coarse + fine, with `coarse` a multiple of a power of two that leaves it 8 bits. Then
 * x^T x = coarse^T coarse + S + S^T with S = (coarse + fine / 2)^T fine: the first is exact in float32 (products of 14 bits, up to 1024 of them, are
 * integers below 2^24), the rest is at most a 256th, and so is its rounding.
 */
import type { Examples } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { valuesOf, type WatchOptions } from './read-examples';

export type Moments = {
  /** Of one example. */
  readonly shape: readonly number[];
  readonly mean: Float64Array;
  /** `[d, d]`, of the population: divided by the number of examples. */
  readonly covariance: Float64Array;
};

/** More would not be exact. */
export const largestBatch = 1024;

export async function covarianceOf(owner: string, examples: Examples, batchSize: number, watch: WatchOptions): Promise<Moments> {
  let shape: readonly number[] = [];
  let centre = new Float64Array(0);
  let sums = new Float64Array(0);
  let products = new Float64Array(0);
  let seen = 0;
  for await (const { values, rows, shape: given } of valuesOf(owner, examples, batchSize, watch.signal)) {
    const size = values.length / rows;
    if (seen === 0) {
      shape = given;
      [centre, sums, products] = [columnMeans(values, rows, size), new Float64Array(size), new Float64Array(size * size)];
    }
    const { coarse, fine } = split(values, centre, sums);
    const [exact, rest] = tf.tidy(() => {
      const [high, low] = [coarse, fine].map((part) => tf.tensor2d(part, [rows, size])) as [tf.Tensor2D, tf.Tensor2D];
      const half = tf.matMul(tf.add(high, tf.mul(low, 0.5)) as tf.Tensor2D, low, true);
      return [tf.matMul(high, high, true), tf.add(half, tf.transpose(half))];
    }) as [tf.Tensor, tf.Tensor];
    try {
      addTo(products, (await exact.data()) as Float32Array, (await rest.data()) as Float32Array);
    } finally {
      tf.dispose([exact, rest]);
    }
    seen += rows;
    watch.onProgress?.({ stage: 'covariance', share: seen / examples.size });
  }
  return { shape, ...settle(products, sums, centre, seen) };
}

function columnMeans(values: Float32Array, rows: number, size: number): Float64Array<ArrayBuffer> {
  const means = new Float64Array(size);
  for (let at = 0; at < values.length; at++) means[at % size] = means[at % size]! + values[at]! / rows;
  return means;
}

/** The differences from the centre in two parts; they are added to the sums on the way. */
function split(values: Float32Array, centre: Float64Array, sums: Float64Array) {
  const size = centre.length;
  const [coarse, fine] = [new Float32Array(values.length), new Float32Array(values.length)];
  let largest = 0;
  for (let at = 0, column = 0; at < values.length; at++, column = column + 1 === size ? 0 : column + 1) {
    largest = Math.max(largest, Math.abs(values[at]! - centre[column]!));
  }
  // Up to 128 steps on either side.
  const step = largest === 0 ? 1 : 2 ** (Math.ceil(Math.log2(largest)) - 7);
  for (let at = 0, column = 0; at < values.length; at++, column = column + 1 === size ? 0 : column + 1) {
    const difference = values[at]! - centre[column]!;
    sums[column] = sums[column]! + difference;
    const rounded = Math.round(difference / step) * step;
    coarse[at] = rounded;
    fine[at] = difference - rounded;
  }
  return { coarse, fine };
}

function addTo(products: Float64Array, exact: Float32Array, rest: Float32Array): void {
  for (let at = 0; at < products.length; at++) products[at] = products[at]! + exact[at]! + rest[at]!;
}

/** From sums around the centre to moments around the mean. */
function settle(products: Float64Array, sums: Float64Array, centre: Float64Array, count: number) {
  const size = sums.length;
  const shifts = sums.map((sum) => sum / count);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      products[row * size + column] = products[row * size + column]! / count - shifts[row]! * shifts[column]!;
    }
  }
  return { mean: centre.map((value, column) => value + shifts[column]!), covariance: products };
}
