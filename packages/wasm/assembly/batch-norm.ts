/**
 * Batch normalisation of [rows][columns], a column being a channel and a row a pixel. What goes over the rows (two sums a channel) is summed
 * in double precision, in blocks of rows as in reductions.ts; what is done to each number takes vectors with an entry for each channel, or
 * for several rows of channels, so that few channels make long runs too.
 */
import { at } from './vector';

/**
 * Blocks [`from`, `to`) of rows, for the statistics: sum of x and sum of (x - centre)^2, all columns of the first, then of the second. The
 * centre, a number for each column near the mean, keeps the variance from drowning in the square of the mean.
 */
export function momentSums(from: i32, to: i32, x: usize, centre: usize, rows: i32, columns: i32, blockRows: i32, sums: usize): void {
  for (; from < to; from++) {
    const first = from * blockRows, count = min(blockRows, rows - first);
    const start = at(x, first * columns);
    const sum = sums + ((<usize>(2 * from * columns)) << 3), second = (<usize>columns) << 3;
    let column = 0;
    for (; column + 4 <= columns; column += 4) {
      momentSumsOfFour(at(start, column), at(centre, column), count, columns, sum + ((<usize>column) << 3), second);
    }
    for (; column < columns; column++) {
      const middle = <f64>load<f32>(at(centre, column));
      let total: f64 = 0, squares: f64 = 0;
      for (let row = 0; row < count; row++) {
        const value = <f64>load<f32>(at(start, row * columns + column)), difference = value - middle;
        total += value;
        squares += difference * difference;
      }
      store<f64>(sum + ((<usize>column) << 3), total);
      store<f64>(sum + ((<usize>column) << 3) + second, squares);
    }
  }
}

export function momentSumsOfFour(x: usize, centre: usize, rows: i32, columns: i32, sums: usize, second: usize): void {
  let t0 = f64x2.splat(0), t1 = t0, q0 = t0, q1 = t0;
  const c0 = f64x2.promote_low_f32x4(v128.load64_zero(centre)), c1 = f64x2.promote_low_f32x4(v128.load64_zero(centre, 8));
  const step = at(0, columns);
  for (; rows > 0; rows--) {
    const low = f64x2.promote_low_f32x4(v128.load64_zero(x)), high = f64x2.promote_low_f32x4(v128.load64_zero(x, 8));
    t0 = f64x2.add(t0, low);
    t1 = f64x2.add(t1, high);
    const d0 = f64x2.sub(low, c0), d1 = f64x2.sub(high, c1);
    q0 = f64x2.add(q0, f64x2.mul(d0, d0));
    q1 = f64x2.add(q1, f64x2.mul(d1, d1));
    x += step;
  }
  v128.store(sums, t0); v128.store(sums, t1, 16); v128.store(sums + second, q0); v128.store(sums + second, q1, 16);
}

/** Blocks of rows, for the gradient: sum of dy and sum of dy (x - mean). */
export function gradientSums(
  from: i32, to: i32, dy: usize, x: usize, mean: usize, rows: i32, columns: i32, blockRows: i32, sums: usize,
): void {
  for (; from < to; from++) {
    const first = from * blockRows, count = min(blockRows, rows - first);
    const dyStart = at(dy, first * columns), xStart = at(x, first * columns);
    const sum = sums + ((<usize>(2 * from * columns)) << 3), second = (<usize>columns) << 3;
    let column = 0;
    for (; column + 4 <= columns; column += 4) {
      gradientSumsOfFour(at(dyStart, column), at(xStart, column), at(mean, column), count, columns, sum + ((<usize>column) << 3), second);
    }
    for (; column < columns; column++) {
      const middle = load<f32>(at(mean, column));
      let total: f64 = 0, products: f64 = 0;
      for (let row = 0; row < count; row++) {
        const gradient = <f64>load<f32>(at(dyStart, row * columns + column));
        total += gradient;
        products += gradient * <f64>(load<f32>(at(xStart, row * columns + column)) - middle);
      }
      store<f64>(sum + ((<usize>column) << 3), total);
      store<f64>(sum + ((<usize>column) << 3) + second, products);
    }
  }
}

export function gradientSumsOfFour(dy: usize, x: usize, mean: usize, rows: i32, columns: i32, sums: usize, second: usize): void {
  let t0 = f64x2.splat(0), t1 = t0, q0 = t0, q1 = t0;
  const middle = v128.load(mean), step = at(0, columns);
  for (; rows > 0; rows--) {
    const difference = f32x4.sub(v128.load(x), middle);
    const low = f64x2.promote_low_f32x4(v128.load64_zero(dy)), high = f64x2.promote_low_f32x4(v128.load64_zero(dy, 8));
    t0 = f64x2.add(t0, low);
    t1 = f64x2.add(t1, high);
    q0 = f64x2.add(q0, f64x2.mul(low, f64x2.promote_low_f32x4(difference)));
    q1 = f64x2.add(q1, f64x2.mul(high, f64x2.promote_low_f32x4(upperHalf(difference))));
    dy += step;
    x += step;
  }
  v128.store(sums, t0); v128.store(sums, t1, 16); v128.store(sums + second, q0); v128.store(sums + second, q1, 16);
}

// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
function upperHalf(values: v128): v128 {
  return i32x4.shuffle(values, values, 2, 3, 2, 3);
}

/**
 * Runs [`from`, `to`) of `length` numbers of the `count` there are: (x - mean) factor + offset, where mean, factor and offset are vectors of
 * `length` numbers, one after the other at `vectors`.
 */
export function normalise(from: i32, to: i32, x: usize, count: i32, vectors: usize, length: i32, output: usize): void {
  const factors = at(vectors, length), offsets = at(vectors, 2 * length);
  for (; from < to; from++) {
    const first = from * length, part = min(length, count - first);
    const source = at(x, first), target = at(output, first);
    let i: usize = 0;
    const wide: usize = at(0, part & ~3), bytes: usize = at(0, part);
    for (; i < wide; i += 16) {
      const centred = f32x4.sub(v128.load(source + i), v128.load(vectors + i));
      v128.store(target + i, f32x4.add(f32x4.mul(centred, v128.load(factors + i)), v128.load(offsets + i)));
    }
    for (; i < bytes; i += 4) {
      store<f32>(target + i, (load<f32>(source + i) - load<f32>(vectors + i)) * load<f32>(factors + i) + load<f32>(offsets + i));
    }
  }
}

/**
 * Runs, as above, of the gradient through the statistics: (dy - shift - (x - mean) slope) factor, where mean, factor, shift and slope are
 * vectors of `length` numbers, one after the other at `vectors`.
 */
export function normaliseGradient(
  from: i32, to: i32, dy: usize, x: usize, count: i32, vectors: usize, length: i32, output: usize,
): void {
  const factors = at(vectors, length), shifts = at(vectors, 2 * length), slopes = at(vectors, 3 * length);
  for (; from < to; from++) {
    const first = from * length, part = min(length, count - first);
    const gradients = at(dy, first), source = at(x, first), target = at(output, first);
    let i: usize = 0;
    const wide: usize = at(0, part & ~3), bytes: usize = at(0, part);
    for (; i < wide; i += 16) {
      const along = f32x4.mul(f32x4.sub(v128.load(source + i), v128.load(vectors + i)), v128.load(slopes + i));
      const rest = f32x4.sub(f32x4.sub(v128.load(gradients + i), v128.load(shifts + i)), along);
      v128.store(target + i, f32x4.mul(rest, v128.load(factors + i)));
    }
    for (; i < bytes; i += 4) {
      const along: f32 = (load<f32>(source + i) - load<f32>(vectors + i)) * load<f32>(slopes + i);
      store<f32>(target + i, (load<f32>(gradients + i) - load<f32>(shifts + i) - along) * load<f32>(factors + i));
    }
  }
}
