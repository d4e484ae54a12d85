/**
 * What one window of a pool adds to the gradient of its pixels, for sixteen channels or for `bytes` / 4, which are one to four.
 * `gradient` is where the gradient of the window's first pixel stands, `upstream` that of the window itself; rows, columns and
 * their distances are those of pool-windows.ts.
 */
import { loadFirst, storeFirst } from './partial-vector';

/** All of it goes to the first pixel of `source` with the bits of the maximum: the one that `maximumOfFour` kept. */
export function passToMaximumOfFour(
  source: usize, maximum: usize, upstream: usize, gradient: usize, rows: i32, columns: i32, row: usize, pixel: usize, bytes: usize,
): void {
  const best = loadFirst(maximum, bytes);
  let owed = loadFirst(upstream, bytes);
  for (; rows > 0; rows--) {
    for (let left = columns, at: usize = 0; left > 0; left--) {
      const share = v128.and(owed, i32x4.eq(loadFirst(source + at, bytes), best));
      // What has been given away becomes 0, so that only the first gets it.
      owed = v128.xor(owed, share);
      storeFirst(gradient + at, f32x4.add(loadFirst(gradient + at, bytes), share), bytes);
      at += pixel;
    }
    source += row;
    gradient += row;
  }
}

/** The same for more channels: sixteen floats are a line of the cache, which is fetched once. */
export function passToMaximumOfSixteen(
  source: usize, maximum: usize, upstream: usize, gradient: usize, rows: i32, columns: i32, row: usize, pixel: usize,
): void {
  const best0 = v128.load(maximum), best1 = v128.load(maximum, 16), best2 = v128.load(maximum, 32), best3 = v128.load(maximum, 48);
  let owed0 = v128.load(upstream), owed1 = v128.load(upstream, 16), owed2 = v128.load(upstream, 32), owed3 = v128.load(upstream, 48);
  for (; rows > 0; rows--) {
    for (let left = columns, at: usize = 0; left > 0; left--) {
      let share = v128.and(owed0, i32x4.eq(v128.load(source + at), best0));
      owed0 = v128.xor(owed0, share);
      v128.store(gradient + at, f32x4.add(v128.load(gradient + at), share));
      share = v128.and(owed1, i32x4.eq(v128.load(source + at, 16), best1));
      owed1 = v128.xor(owed1, share);
      v128.store(gradient + at, f32x4.add(v128.load(gradient + at, 16), share), 16);
      share = v128.and(owed2, i32x4.eq(v128.load(source + at, 32), best2));
      owed2 = v128.xor(owed2, share);
      v128.store(gradient + at, f32x4.add(v128.load(gradient + at, 32), share), 32);
      share = v128.and(owed3, i32x4.eq(v128.load(source + at, 48), best3));
      owed3 = v128.xor(owed3, share);
      v128.store(gradient + at, f32x4.add(v128.load(gradient + at, 48), share), 48);
      at += pixel;
    }
    source += row;
    gradient += row;
  }
}

/** Every pixel has the same share. */
export function passToAllOfFour(
  upstream: usize, gradient: usize, rows: i32, columns: i32, row: usize, pixel: usize, bytes: usize,
): void {
  const share = f32x4.div(loadFirst(upstream, bytes), f32x4.splat(<f32>(rows * columns)));
  for (; rows > 0; rows--) {
    let at = gradient;
    for (let left = columns; left > 0; left--) {
      storeFirst(at, f32x4.add(loadFirst(at, bytes), share), bytes);
      at += pixel;
    }
    gradient += row;
  }
}

/** The same for more channels. */
export function passToAllOfSixteen(upstream: usize, gradient: usize, rows: i32, columns: i32, row: usize, pixel: usize): void {
  const count = f32x4.splat(<f32>(rows * columns));
  const share0 = f32x4.div(v128.load(upstream), count), share1 = f32x4.div(v128.load(upstream, 16), count);
  const share2 = f32x4.div(v128.load(upstream, 32), count), share3 = f32x4.div(v128.load(upstream, 48), count);
  for (; rows > 0; rows--) {
    let at = gradient;
    for (let left = columns; left > 0; left--) {
      v128.store(at, f32x4.add(v128.load(at), share0));
      v128.store(at, f32x4.add(v128.load(at, 16), share1), 16);
      v128.store(at, f32x4.add(v128.load(at, 32), share2), 32);
      v128.store(at, f32x4.add(v128.load(at, 48), share3), 48);
      at += pixel;
    }
    gradient += row;
  }
}
