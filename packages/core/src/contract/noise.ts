import type { Tensor } from '@tensorflow/tfjs-core';

/** The closed interval that inputs live in. Either end may be infinite. */
export type Bounds = readonly [lower: number, upper: number];

/**
 * Random numbers as a value: immutable, counter-based, keyed by (seed, stream, example id, draw).
 * The same call always gives the same numbers, row i belongs to `ids[i]`, and nothing ever advances:
 * results cannot depend on batch size, order or restarts of the process.
 *
 * Every `shape` is that of one example, without the batch axis; the result is `[ids.length, ...shape]`, float32.
 */
export interface Noise {
  /** The example each row belongs to. */
  readonly ids: Int32Array;
  /** A stream of its own for each path; streams of different paths are independent. */
  stream(...path: readonly (string | number)[]): Noise;
  /** The noise of some rows only: `kept` are positions in `ids`. */
  rows(kept: Int32Array): Noise;
  /** Uniform on [lower, upper), by default [0, 1). Between other bounds the last of the 2^24 values may round up to `upper`. */
  uniform(shape: readonly number[], bounds?: Bounds): Tensor;
  /** Standard normal. */
  normal(shape: readonly number[]): Tensor;
  /** -1 or +1, each with probability one half. */
  signs(shape: readonly number[]): Tensor;
}
