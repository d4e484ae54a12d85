/** The standard normal distribution, for gelu: its density, and its distribution function with small RELATIVE errors on both sides. */
import { exponential } from './exponential';
import { multiplyAdd } from './vector';

/** 1 / sqrt(2 pi). */
const DENSITY_AT_ZERO: f32 = 0.39894228;
/** Beyond it the density is 0 in float32. */
const FARTHEST: f32 = 20;
/** Clears the lower half of a mantissa: what is left has an exact square. */
const UPPER_HALF: i32 = 0xfffff000;

/** exp(-x^2 / 2). What x^2 loses by rounding is put back, for at x = 10 it would be fifty times the error of a float. */
// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
export function bell(x: v128): v128 {
  // pmin in this order hands a NaN on.
  const distance = f32x4.pmin(f32x4.abs(x), f32x4.splat(FARTHEST));
  const square = f32x4.mul(distance, distance);
  const high = v128.and(distance, i32x4.splat(UPPER_HALF));
  const low = f32x4.sub(distance, high);
  const middle = f32x4.mul(f32x4.add(high, high), low);
  const lost = f32x4.add(f32x4.add(f32x4.sub(f32x4.mul(high, high), square), middle), f32x4.mul(low, low));
  const value = exponential(f32x4.mul(square, f32x4.splat(-0.5)));
  return f32x4.sub(value, f32x4.mul(value, f32x4.mul(lost, f32x4.splat(0.5))));
}

/** The density, from bell(x). */
// @ts-expect-error: see above
@inline
export function densityFrom(bellOfX: v128): v128 {
  return f32x4.mul(bellOfX, f32x4.splat(DENSITY_AT_ZERO));
}

/**
 * The distribution function of x, from bell(x) too. The tail beyond |x| is bell(x) t Q(t) with t = 1 / (1 + |x| / 4); the
 * polynomial Q is within 1e-8 of the function it stands for, relatively, for |x| up to 14.5, where bell(x) ends.
 */
// @ts-expect-error: see above
@inline
export function cumulative(x: v128, bellOfX: v128): v128 {
  const one = f32x4.splat(1);
  const t = f32x4.div(one, multiplyAdd(f32x4.abs(x), f32x4.splat(0.25), one));
  let q = multiplyAdd(f32x4.splat(0.0168923965), t, f32x4.splat(-0.0645371194));
  q = multiplyAdd(q, t, f32x4.splat(0.0558793582));
  q = multiplyAdd(q, t, f32x4.splat(0.022611057));
  q = multiplyAdd(q, t, f32x4.splat(0.0177345826));
  q = multiplyAdd(q, t, f32x4.splat(0.0838512982));
  q = multiplyAdd(q, t, f32x4.splat(0.0730127801));
  q = multiplyAdd(q, t, f32x4.splat(0.0952878639));
  q = multiplyAdd(q, t, f32x4.splat(0.0995214577));
  q = multiplyAdd(q, t, f32x4.splat(0.0997463296));
  const tail = f32x4.mul(bellOfX, f32x4.mul(t, q));
  return v128.bitselect(tail, f32x4.sub(one, tail), f32x4.lt(x, f32x4.splat(0)));
}
