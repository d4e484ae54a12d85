/** Shared by the tests of the pools: pools of any shape, and what they must give, from cpu pools without padding. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import type { Example } from './compare';

export interface PoolCase {
  readonly shape: readonly [number, number, number, number];
  readonly window: [number, number];
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid' | tf.backend_util.ExplicitPadding;
  readonly rounding?: 'floor' | 'round' | 'ceil';
  readonly seed: number;
}

const upTo = (max: number) => fc.integer({ min: 0, max });
const side = fc.integer({ min: 3, max: 7 });
const step = fc.integer({ min: 1, max: 4 });

/** Windows of whole images among them, empty batches, and as many channels as take each road: one by one, by four, by sixteen. */
export const poolCase: fc.Arbitrary<PoolCase> = fc
  .record({
    shape: fc.tuple(fc.constantFrom(0, 1, 2), side, side, fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(16, 22))),
    small: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    whole: fc.constantFrom(false, false, false, true),
    strides: fc.tuple(step, step),
    pads: fc.oneof(fc.constant('same' as const), fc.constant('valid' as const), fc.tuple(upTo(3), upTo(3), upTo(3), upTo(3))),
    rounding: fc.constantFrom('floor', 'round', 'ceil', undefined),
    seed: fc.nat(1e6),
  })
  .map(({ shape, small, whole, strides, pads, rounding, seed }) => {
    const window: [number, number] = whole ? [shape[1], shape[2]] : small;
    if (typeof pads === 'string') return { shape, window, strides, pad: pads, seed };
    const pad: tf.backend_util.ExplicitPadding = [
      [0, 0],
      [pads[0], pads[1]],
      [pads[2], pads[3]],
      [0, 0],
    ];
    return { shape, window, strides, pad, ...(rounding && { rounding }), seed };
  })
  .filter((pool) => !passesForIdentity(pool));

/** The cpu backend returns the input where windows of one pixel happen to give as many pixels, whatever the strides and the pads. */
function passesForIdentity({ shape, window, strides, pad, rounding }: PoolCase): boolean {
  const { outShape } = tf.backend_util.computePool2DInfo([...shape], window, strides, 1, pad, rounding);
  return `${window}` === '1,1' && `${outShape}` === `${shape}` && `${strides}` !== '1,1';
}

/** The numbers in the place of NaN and the infinities, for a reference that knows only numbers: in the order that pools have them. */
const STANDINGS: readonly (readonly [special: number, finite: number])[] = [
  [Number.NaN, 1e30],
  [Number.POSITIVE_INFINITY, 1e20],
  [Number.NEGATIVE_INFINITY, -1e20],
];
/** Less than any of them. */
const PADDING = -1e30;

export const withFinite = ({ values, shape }: Example): Example => ({
  values: values.map((value) => STANDINGS.find(([special]) => Object.is(special, value))?.[1] ?? value),
  shape,
});

export const withSpecials = (values: readonly number[]): number[] =>
  values.map((value) => {
    if (value < -9e29) return Number.NEGATIVE_INFINITY;
    return STANDINGS.find(([, finite]) => Math.fround(finite) === value)?.[0] ?? value;
  });

type Pools = (x: tf.Tensor) => tf.Tensor;

export const maxPoolOf =
  ({ window, strides, pad, rounding }: PoolCase): Pools =>
  (x) =>
    tf.maxPool(x as tf.Tensor4D, window, strides, pad as 'same', rounding);

export const averagePoolOf =
  ({ window, strides, pad, rounding }: PoolCase): Pools =>
  (x) =>
    tf.avgPool(x as tf.Tensor4D, window, strides, pad as 'same', rounding);

/** Pads the image, as far as the last window reaches, and pools what comes out without padding. */
function padded({ shape, window, strides, pad, rounding }: PoolCase, x: tf.Tensor, value: number): tf.Tensor4D {
  const info = tf.backend_util.computePool2DInfo([...shape], window, strides, 1, pad, rounding);
  const after = (out: number, stride: number, size: number, before: number, length: number) =>
    Math.max(0, (out - 1) * stride + size - before - length);
  const { top, left } = info.padInfo;
  const bottom = after(info.outHeight, strides[0], window[0], top, shape[1]);
  const right = after(info.outWidth, strides[1], window[1], left, shape[2]);
  const all: [number, number][] = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return tf.pad(x, all, value) as tf.Tensor4D;
}

export const maxPoolReference =
  (pool: PoolCase): Pools =>
  (x) =>
    tf.maxPool(padded(pool, x, PADDING), pool.window, pool.strides, 'valid');

/** The mean with the padding, over the share of the window that is not padding. */
export const averagePoolReference =
  (pool: PoolCase): Pools =>
  (x) => {
    const mean = (pixels: tf.Tensor) => tf.avgPool(padded(pool, pixels, 0), pool.window, pool.strides, 'valid');
    return tf.div(mean(x), mean(tf.ones(x.shape)));
  };
