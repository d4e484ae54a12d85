/**
 * What a ZCA fit found: the maps to and from whitened space.
 */

/** Of `fitZca`; float32, in the units of the examples. `whitening` and `colouring` are symmetric, row by row, and each other's inverse. */
export interface Zca {
  /** Of one example; d is the number of its values. */
  readonly shape: readonly number[];
  /** `[d]` */
  readonly mean: Float32Array;
  /** `[d, d]`: z = (x - mean) whitening. */
  readonly whitening: Float32Array;
  /** `[d, d]`: x = mean + z colouring. */
  readonly colouring: Float32Array;
  /** Where the constant stands: under the root, or added to the inverse root as VAT's authors do. */
  readonly form: 'regularised' | 'authors';
  /** The constant. */
  readonly epsilon: number;
  /** How many examples it was fitted to. */
  readonly count: number;
}
