/**
 * Exponential and logarithm of four floats at a time, without tables: a module whose memory is somebody else's may bring no data.
 * Relative errors: the exponentials below 1e-7 (0.8 units in the last place), the logarithms below 2.5e-7. NaN gives NaN.
 *
 * exp(x) = 2^n exp(r), with n the integer nearest to x / log 2 and |r| <= log(2) / 2, where a polynomial is enough.
 * log(x) = n log 2 + log(m), with m between sqrt(1/2) and sqrt(2), and log(m) = 2 artanh(s), s = (m - 1) / (m + 1).
 */
import { multiplyAdd } from './vector';

const LOG2_E: f32 = 1.44269504;
/** log 2 in two parts: the first has zeros at its end, so that n times it is exact. */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440e-4;
/** 1.5 * 2^23: added to a small number it leaves the nearest integer in the lowest bits. */
const ROUNDER: f32 = 12582912;
const ROUNDER_BITS: i32 = 0x4b400000;
const ONE_BITS: i32 = 0x3f800000;
/** sqrt(1/2): where a mantissa begins that lies around 1. */
const ROOT_HALF_BITS: i32 = 0x3f3504f3;

/** x < limit ? limit : x, which leaves a NaN as it is (the reverse order of operands would drop it). */
// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
function atLeast(x: v128, limit: f32): v128 {
  return f32x4.pmax(x, f32x4.splat(limit));
}

/** x / log 2, rounded, plus ROUNDER. */
// @ts-expect-error: see above
@inline
function shiftedPower(x: v128): v128 {
  return multiplyAdd(x, f32x4.splat(LOG2_E), f32x4.splat(ROUNDER));
}

/** What is left of x when its multiple of log 2 is taken out. */
// @ts-expect-error: see above
@inline
function remainderOf(x: v128, shifted: v128): v128 {
  const n = f32x4.sub(shifted, f32x4.splat(ROUNDER));
  return multiplyAdd(n, f32x4.splat(-LN2_LOW), multiplyAdd(n, f32x4.splat(-LN2_HIGH), x));
}

/** exp(r) - 1 for |r| <= log(2) / 2. */
// @ts-expect-error: see above
@inline
function minusOneNearZero(r: v128): v128 {
  let p = multiplyAdd(f32x4.splat(1.39466e-3), r, f32x4.splat(8.36664e-3));
  p = multiplyAdd(p, r, f32x4.splat(4.166628e-2));
  p = multiplyAdd(p, r, f32x4.splat(1.6666543e-1));
  p = multiplyAdd(p, r, f32x4.splat(0.5));
  return multiplyAdd(p, f32x4.mul(r, r), r);
}

/** exp(x) for every float: infinity above 88.72, subnormal numbers and then 0 far below. */
// @ts-expect-error: see above
@inline
export function exponential(x: v128): v128 {
  const bounded = f32x4.pmin(atLeast(x, -104), f32x4.splat(89));
  const shifted = shiftedPower(bounded);
  const value = f32x4.add(minusOneNearZero(remainderOf(bounded, shifted)), f32x4.splat(1));
  // In two factors: 2^n alone would leave the range of exponents where the result is subnormal or just below infinity.
  const n = i32x4.sub(shifted, i32x4.splat(ROUNDER_BITS));
  const half = i32x4.shr_s(n, 1);
  return f32x4.mul(f32x4.mul(value, powerOfTwo(half)), powerOfTwo(i32x4.sub(n, half)));
}

/** exp(x) - 1 for x <= 0, without the loss of digits near 0; -1 from where that is nearest. */
// @ts-expect-error: see above
@inline
export function exponentialMinusOne(x: v128): v128 {
  const bounded = atLeast(x, -30);
  const shifted = shiftedPower(bounded);
  const power = powerOfTwo(i32x4.sub(shifted, i32x4.splat(ROUNDER_BITS)));
  const value = minusOneNearZero(remainderOf(bounded, shifted));
  return multiplyAdd(value, power, f32x4.sub(power, f32x4.splat(1)));
}

/** 2^n for integers n that are exponents of a float. */
// @ts-expect-error: see above
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.add(i32x4.shl(n, 23), i32x4.splat(ONE_BITS));
}

/** log(x) for normal numbers x > 0; NaN for infinity and NaN. */
// @ts-expect-error: see above
@inline
export function logarithm(x: v128): v128 {
  const n = exponentOf(x);
  const excess = f32x4.sub(mantissaOf(x, n), f32x4.splat(1));
  return assemble(excess, n, x);
}

/** log(1 + x) for x >= 0, also where 1 + x rounds to 1; NaN for infinity and NaN. */
// @ts-expect-error: see above
@inline
export function logarithmOfOnePlus(x: v128): v128 {
  const sum = f32x4.add(x, f32x4.splat(1));
  const n = exponentOf(sum);
  const rounded = f32x4.sub(mantissaOf(sum, n), f32x4.splat(1));
  // Where n is 0, x itself is what the mantissa has above 1, without the rounding of 1 + x.
  const excess = v128.bitselect(x, rounded, i32x4.eq(n, i32x4.splat(0)));
  return assemble(excess, n, x);
}

// @ts-expect-error: see above
@inline
function exponentOf(x: v128): v128 {
  return i32x4.shr_s(i32x4.sub(x, i32x4.splat(ROOT_HALF_BITS)), 23);
}

// @ts-expect-error: see above
@inline
function mantissaOf(x: v128, n: v128): v128 {
  return i32x4.sub(x, i32x4.shl(n, 23));
}

/** log(1 + excess) + n log 2, or NaN where `source` is not finite. */
// @ts-expect-error: see above
@inline
function assemble(excess: v128, n: v128, source: v128): v128 {
  const s = f32x4.div(excess, f32x4.add(excess, f32x4.splat(2)));
  const square = f32x4.mul(s, s);
  let p = multiplyAdd(f32x4.splat(2.9885617e-1), square, f32x4.splat(3.9977065e-1));
  p = multiplyAdd(p, square, f32x4.splat(6.666678e-1));
  const turns = f32x4.convert_i32x4_s(n);
  const small = multiplyAdd(f32x4.mul(p, square), s, multiplyAdd(turns, f32x4.splat(LN2_LOW), f32x4.sub(source, source)));
  return multiplyAdd(turns, f32x4.splat(LN2_HIGH), f32x4.add(small, f32x4.add(s, s)));
}
