/** Whether all numbers are finite, and how long they are as one vector: a pass of reading each. */

/** The bits of the exponent: all of them are set in NaN and in the infinities alone. */
const EXPONENT: i32 = 0x7f800000;

/** Writes 0 to the integer at `verdict` when one of `count` floats is NaN or infinite, and otherwise leaves it alone. */
export function checkFinite(values: usize, count: i32, verdict: usize): void {
  const vectors: usize = (<usize>(count & ~3)) << 2, bytes: usize = (<usize>count) << 2;
  const exponent = i32x4.splat(EXPONENT);
  let broken = i32x4.splat(0);
  let i: usize = 0;
  for (; i < vectors; i += 16) broken = v128.or(broken, i32x4.eq(v128.and(v128.load(values + i), exponent), exponent));
  let found: i32 = v128.any_true(broken) ? 1 : 0;
  for (; i < bytes; i += 4) found |= (load<i32>(values + i) & EXPONENT) == EXPONENT ? 1 : 0;
  if (found) store<i32>(verdict, 0);
}

/**
 * The sums of the squares of the blocks [from, to), of `length` floats each (the last block holds what is left of `count`): a
 * double each in `sums`. By blocks, so that the sums are the same however they are shared out; in double precision, where the
 * square of a float is exact.
 */
export function sumSquares(values: usize, count: i32, length: i32, from: i32, to: i32, sums: usize): void {
  for (let block = from; block < to; block++) {
    const start = block * length;
    store<f64>(sums + ((<usize>block) << 3), squaresOf(values + ((<usize>start) << 2), min(count - start, length)));
  }
}

/** The sum of the squares of `count` floats. */
export function squaresOf(values: usize, count: i32): f64 {
  const vectors: usize = (<usize>(count & ~3)) << 2, bytes: usize = (<usize>count) << 2;
  let low = f64x2.splat(0), high = f64x2.splat(0);
  let i: usize = 0;
  for (; i < vectors; i += 16) {
    const first = f64x2.promote_low_f32x4(v128.load64_zero(values + i));
    const second = f64x2.promote_low_f32x4(v128.load64_zero(values + i, 8));
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
  }
  const both = f64x2.add(low, high);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; i < bytes; i += 4) {
    const value = <f64>load<f32>(values + i);
    sum += value * value;
  }
  return sum;
}
