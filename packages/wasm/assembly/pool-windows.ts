/**
 * One window of a pool, for sixteen channels or for `bytes` / 4, which are one to four. A window is `rows` x `columns` pixels,
 * `row` and `pixel` bytes apart, the padding left out; it may be empty. Pixels are taken in their order and channels do not
 * meet, so a result does not depend on how many go together.
 */
import { loadFirst, storeFirst } from './partial-vector';

/**
 * Keeps the first of equal maxima, and the first NaN, to the bit: the gradient finds the winner by comparing bits. An empty
 * window gives -infinity.
 */
export function maximumOfFour(
  source: usize, target: usize, rows: i32, columns: i32, row: usize, pixel: usize, bytes: usize,
): void {
  let best = f32x4.splat(-Infinity);
  for (; rows > 0; rows--) {
    let at = source;
    for (let left = columns; left > 0; left--) {
      const value = loadFirst(at, bytes);
      const keeps = v128.or(f32x4.ge(best, value), f32x4.ne(best, best));
      best = v128.bitselect(best, value, keeps);
      at += pixel;
    }
    source += row;
  }
  storeFirst(target, best, bytes);
}

/** The same in fewer instructions: these drop a NaN, and where one was seen the work is done again. */
export function maximumOfSixteen(source: usize, target: usize, rows: i32, columns: i32, row: usize, pixel: usize): void {
  let best0 = f32x4.splat(-Infinity), best1 = best0, best2 = best0, best3 = best0, unordered = f32x4.splat(0);
  let first = source;
  for (let down = rows; down > 0; down--) {
    let at = first;
    for (let left = columns; left > 0; left--) {
      const value0 = v128.load(at), value1 = v128.load(at, 16), value2 = v128.load(at, 32), value3 = v128.load(at, 48);
      // pmax(a, b) is a < b ? b : a: of two equals, such as 0 and -0, the first stays.
      best0 = f32x4.pmax(best0, value0);
      best1 = f32x4.pmax(best1, value1);
      best2 = f32x4.pmax(best2, value2);
      best3 = f32x4.pmax(best3, value3);
      unordered = v128.or(unordered, f32x4.ne(value0, value0));
      unordered = v128.or(unordered, f32x4.ne(value1, value1));
      unordered = v128.or(unordered, f32x4.ne(value2, value2));
      unordered = v128.or(unordered, f32x4.ne(value3, value3));
      at += pixel;
    }
    first += row;
  }
  if (v128.any_true(unordered)) {
    for (let byte: usize = 0; byte < 64; byte += 16) maximumOfFour(source + byte, target + byte, rows, columns, row, pixel, 16);
    return;
  }
  v128.store(target, best0); v128.store(target, best1, 16); v128.store(target, best2, 32); v128.store(target, best3, 48);
}

/**
 * The maximum of `maximumOfFour` and its position: `first` is the index of the first channel here in the pixel at `source`, and
 * there are `channels` to a pixel and `width` pixels to a row. In a window of -infinity the first pixel wins; an empty one has -1.
 */
export function positionsOfFour(
  source: usize, target: usize, positions: usize, rows: i32, columns: i32, width: i32, channels: i32, first: i32, bytes: usize,
): void {
  let best = f32x4.splat(-Infinity), winners = i32x4.splat(-1);
  const lanes = i32x4(0, 1, 2, 3);
  if (rows > 0 && columns > 0) {
    best = loadFirst(source, bytes);
    winners = i32x4.add(i32x4.splat(first), lanes);
  }
  for (let down = 0; down < rows; down++) {
    for (let right = 0; right < columns; right++) {
      const offset = (down * width + right) * channels;
      const value = loadFirst(source + ((<usize>offset) << 2), bytes);
      const keeps = v128.or(f32x4.ge(best, value), f32x4.ne(best, best));
      best = v128.bitselect(best, value, keeps);
      winners = v128.bitselect(winners, i32x4.add(i32x4.splat(first + offset), lanes), keeps);
    }
  }
  storeFirst(target, best, bytes);
  storeFirst(positions, winners, bytes);
}

/**
 * The mean of the pixels: the sum of each row first, then that of the rows, for the error of a long sum grows with its length.
 * An empty window gives NaN, 0 / 0.
 */
export function meanOfFour(
  source: usize, target: usize, rows: i32, columns: i32, row: usize, pixel: usize, bytes: usize,
): void {
  let sum = f32x4.splat(0);
  for (let down = rows; down > 0; down--) {
    let at = source, ofRow = f32x4.splat(0);
    for (let left = columns; left > 0; left--) {
      ofRow = f32x4.add(ofRow, loadFirst(at, bytes));
      at += pixel;
    }
    sum = f32x4.add(sum, ofRow);
    source += row;
  }
  storeFirst(target, f32x4.div(sum, f32x4.splat(<f32>(rows * columns))), bytes);
}

/** The same sums for more channels. */
export function meanOfSixteen(source: usize, target: usize, rows: i32, columns: i32, row: usize, pixel: usize): void {
  let sum0 = f32x4.splat(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  for (let down = rows; down > 0; down--) {
    let at = source, ofRow0 = f32x4.splat(0), ofRow1 = ofRow0, ofRow2 = ofRow0, ofRow3 = ofRow0;
    for (let left = columns; left > 0; left--) {
      ofRow0 = f32x4.add(ofRow0, v128.load(at));
      ofRow1 = f32x4.add(ofRow1, v128.load(at, 16));
      ofRow2 = f32x4.add(ofRow2, v128.load(at, 32));
      ofRow3 = f32x4.add(ofRow3, v128.load(at, 48));
      at += pixel;
    }
    sum0 = f32x4.add(sum0, ofRow0); sum1 = f32x4.add(sum1, ofRow1);
    sum2 = f32x4.add(sum2, ofRow2); sum3 = f32x4.add(sum3, ofRow3);
    source += row;
  }
  const count = f32x4.splat(<f32>(rows * columns));
  v128.store(target, f32x4.div(sum0, count)); v128.store(target, f32x4.div(sum1, count), 16);
  v128.store(target, f32x4.div(sum2, count), 32); v128.store(target, f32x4.div(sum3, count), 48);
}
