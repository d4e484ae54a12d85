/**
 * Sums, means and maxima of [outer][rows][columns] over the rows. Sums run in double precision, in which every float is exact: they agree
 * with the true sum to the last bit of a float but for heavy cancellation, and pass over infinities that are not there (3e38 + 3e38 - 3e38).
 * A column is summed from its first row to its last. A run of numbers (`columns` is 1) has eight partial sums; how it is cut depends on its
 * length alone.
 */
import { at } from './vector';

/**
 * Results [`from`, `to`), counted as outer x columns + column: the sums divided by `divisor`.
 */
export function sumRows(from: i32, to: i32, x: usize, rows: i32, columns: i32, divisor: f64, output: usize): void {
  if (columns == 1) {
    for (; from < to; from++) store<f32>(at(output, from), <f32>(sumRun(at(x, from * rows), rows) / divisor));
    return;
  }
  while (from < to) {
    const outer = from / columns, first = from % columns;
    const count = min(columns - first, to - from);
    const start = at(x, outer * rows * columns + first);
    let column = 0;
    for (; column + 8 <= count; column += 8) sumEightColumns(at(start, column), rows, columns, divisor, at(output, from + column), 0);
    for (; column + 2 <= count; column += 2) sumTwoColumns(at(start, column), rows, columns, divisor, at(output, from + column), 0);
    if (column < count) store<f32>(at(output, from + column), <f32>(sumColumn(at(start, column), rows, columns) / divisor));
    from += count;
  }
}

/**
 * Sums of blocks [`from`, `to`) of `blockRows` rows each, `blocks` to one outer index (the last may be shorter): for each block a double for
 * each column. Blocks depend on the shape alone, so their sums, added in order, do not know how many threads there were.
 */
export function sumBlocks(from: i32, to: i32, x: usize, rows: i32, columns: i32, blocks: i32, blockRows: i32, sums: usize): void {
  for (; from < to; from++) {
    const outer = from / blocks, first = (from % blocks) * blockRows;
    const count = min(blockRows, rows - first);
    const start = at(x, (outer * rows + first) * columns);
    const sum = sums + ((<usize>(from * columns)) << 3);
    if (columns == 1) {
      store<f64>(sum, sumRun(start, count));
      continue;
    }
    let column = 0;
    for (; column + 8 <= columns; column += 8) sumEightColumns(at(start, column), count, columns, 1, 0, sum + ((<usize>column) << 3));
    for (; column + 2 <= columns; column += 2) sumTwoColumns(at(start, column), count, columns, 1, 0, sum + ((<usize>column) << 3));
    if (column < columns) store<f64>(sum + ((<usize>column) << 3), sumColumn(at(start, column), count, columns));
  }
}

/** The sum of `count` numbers that lie one after the other. */
export function sumRun(x: usize, count: i32): f64 {
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; count >= 8; count -= 8) {
    s0 = f64x2.add(s0, f64x2.promote_low_f32x4(v128.load64_zero(x)));
    s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.load64_zero(x, 8)));
    s2 = f64x2.add(s2, f64x2.promote_low_f32x4(v128.load64_zero(x, 16)));
    s3 = f64x2.add(s3, f64x2.promote_low_f32x4(v128.load64_zero(x, 24)));
    x += 32;
  }
  const sums = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  for (; count > 0; count--) {
    sum += <f64>load<f32>(x);
    x += 4;
  }
  return sum;
}

/** Eight columns: to `output` as floats, divided by `divisor`, or where that address is 0 to `sums` as doubles. */
export function sumEightColumns(x: usize, rows: i32, columns: i32, divisor: f64, output: usize, sums: usize): void {
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  const step = at(0, columns);
  for (; rows > 0; rows--) {
    s0 = f64x2.add(s0, f64x2.promote_low_f32x4(v128.load64_zero(x)));
    s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.load64_zero(x, 8)));
    s2 = f64x2.add(s2, f64x2.promote_low_f32x4(v128.load64_zero(x, 16)));
    s3 = f64x2.add(s3, f64x2.promote_low_f32x4(v128.load64_zero(x, 24)));
    x += step;
  }
  if (output) {
    storeTwo(output, s0, divisor); storeTwo(output + 8, s1, divisor); storeTwo(output + 16, s2, divisor); storeTwo(output + 24, s3, divisor);
  } else {
    v128.store(sums, s0); v128.store(sums, s1, 16); v128.store(sums, s2, 32); v128.store(sums, s3, 48);
  }
}

/** Two columns, likewise. */
export function sumTwoColumns(x: usize, rows: i32, columns: i32, divisor: f64, output: usize, sums: usize): void {
  let s0 = f64x2.splat(0);
  const step = at(0, columns);
  for (; rows > 0; rows--) {
    s0 = f64x2.add(s0, f64x2.promote_low_f32x4(v128.load64_zero(x)));
    x += step;
  }
  if (output) storeTwo(output, s0, divisor);
  else v128.store(sums, s0);
}

export function sumColumn(x: usize, rows: i32, columns: i32): f64 {
  let sum: f64 = 0;
  const step = at(0, columns);
  for (; rows > 0; rows--) {
    sum += <f64>load<f32>(x);
    x += step;
  }
  return sum;
}

// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
function storeTwo(output: usize, sums: v128, divisor: f64): void {
  v128.store64_lane(output, f32x4.demote_f64x2_zero(f64x2.div(sums, f64x2.splat(divisor))), 0);
}

/**
 * The maxima [`from`, `to`), counted as for sums, of at least one row. A NaN among the numbers is their maximum: f32x4.pmax, one instruction
 * where f32x4.max takes eight, passes over them, so they are looked for beside it.
 */
export function maximumRows(from: i32, to: i32, x: usize, rows: i32, columns: i32, output: usize): void {
  if (columns == 1) {
    for (; from < to; from++) store<f32>(at(output, from), maximumRun(at(x, from * rows), rows));
    return;
  }
  while (from < to) {
    const outer = from / columns, first = from % columns;
    const count = min(columns - first, to - from);
    const start = at(x, outer * rows * columns + first);
    let column = 0;
    for (; column + 8 <= count; column += 8) maximumEightColumns(at(start, column), rows, columns, at(output, from + column));
    for (; column < count; column++) store<f32>(at(output, from + column), maximumColumn(at(start, column), rows, columns));
    from += count;
  }
}

// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
function withNaN(maximum: v128, missing: v128): v128 {
  return v128.bitselect(f32x4.splat(NaN), maximum, missing);
}

export function maximumRun(x: usize, count: i32): f32 {
  let maximum = v128.load32_splat(x), missing = f32x4.ne(maximum, maximum);
  for (; count >= 4; count -= 4) {
    const value = v128.load(x);
    maximum = f32x4.pmax(maximum, value);
    missing = v128.or(missing, f32x4.ne(value, value));
    x += 16;
  }
  for (; count > 0; count--) {
    const value = v128.load32_splat(x);
    maximum = f32x4.pmax(maximum, value);
    missing = v128.or(missing, f32x4.ne(value, value));
    x += 4;
  }
  maximum = f32x4.pmax(maximum, i32x4.shuffle(maximum, maximum, 2, 3, 0, 1));
  maximum = f32x4.pmax(maximum, i32x4.shuffle(maximum, maximum, 1, 0, 3, 2));
  return v128.any_true(missing) ? <f32>NaN : f32x4.extract_lane(maximum, 0);
}

export function maximumEightColumns(x: usize, rows: i32, columns: i32, output: usize): void {
  let left = v128.load(x), right = v128.load(x, 16);
  let missingLeft = f32x4.ne(left, left), missingRight = f32x4.ne(right, right);
  const step = at(0, columns);
  for (rows--; rows > 0; rows--) {
    x += step;
    const first = v128.load(x), second = v128.load(x, 16);
    left = f32x4.pmax(left, first);
    right = f32x4.pmax(right, second);
    missingLeft = v128.or(missingLeft, f32x4.ne(first, first));
    missingRight = v128.or(missingRight, f32x4.ne(second, second));
  }
  v128.store(output, withNaN(left, missingLeft));
  v128.store(output, withNaN(right, missingRight), 16);
}

export function maximumColumn(x: usize, rows: i32, columns: i32): f32 {
  let maximum = v128.load32_zero(x), missing = f32x4.ne(maximum, maximum);
  const step = at(0, columns);
  for (rows--; rows > 0; rows--) {
    x += step;
    const value = v128.load32_zero(x);
    maximum = f32x4.pmax(maximum, value);
    missing = v128.or(missing, f32x4.ne(value, value));
  }
  return f32x4.extract_lane(withNaN(maximum, missing), 0);
}
