/** The compiled pools of assembly/pooling.ts, and what a pool is in numbers. */

/** What is taken from a window. */
export const PoolKind = {
  maximum: 0,
  /** Of the pixels inside the image. */
  mean: 1,
  /** The maximum and its position. */
  positions: 2,
} as const;
export type PoolKind = (typeof PoolKind)[keyof typeof PoolKind];

/** All in pixels, but for the channels. */
export type PoolGeometry = readonly [
  height: number,
  width: number,
  channels: number,
  outHeight: number,
  outWidth: number,
  windowHeight: number,
  windowWidth: number,
  strideHeight: number,
  strideWidth: number,
  /** Of the padding; what there is of it below and to the right follows from the size of the output. */
  top: number,
  left: number,
];

export interface PoolingFunctions {
  /** `from` and `to` count rows of pixels of the output, through all images. */
  pool(
    kind: PoolKind,
    input: number,
    output: number,
    /** Where int32 positions are written, for that kind alone. */
    positions: number,
    /** 1 or 0: whether positions count elements from the start of the batch, or of the image. */
    wholeBatch: number,
    ...rest: [...geometry: PoolGeometry, from: number, to: number]
  ): void;
  /** `from` and `to` count images. */
  poolGradient(
    kind: Exclude<PoolKind, 2>,
    /** Read, as `output`, for the maximum alone. */
    input: number,
    output: number,
    /** The gradient of the output. */
    upstream: number,
    gradient: number,
    ...rest: [...geometry: PoolGeometry, from: number, to: number]
  ): void;
}
