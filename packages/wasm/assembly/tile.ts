/**
 * The innermost loop of every product: a tile of TILE_ROWS x 8 sums that stay in registers while k runs.
 *
 *        b: [k][8]            Each turn of k loads 8 numbers of b into two registers, and one number of a at a time,
 *          |  |               spread over a register. The sums take 12 (6 x 2) of the 16 registers with FMA; without it
 *   a: --  c  c               a product needs one for itself, and five rows are what is left.
 * [k][6]-  c  c               Unrolled along k, or with packing in the same function, V8 runs out of registers and the
 *      --  c  c               loop falls to less than half its speed: hence small functions, exported, because the
 *                             optimiser would put a function that has one caller into that caller.
 */
import { multiplyAdd } from './vector';

/** The rows of a tile: what fits into 16 registers. */
export const TILE_ROWS: i32 = RELAXED ? 6 : 5;
/** The columns of a tile: two registers. */
export const TILE_COLUMNS: i32 = 8;
/** Bytes of a tile of sums, as tiles write it. */
export const TILE_BYTES: usize = 6 * 8 * 4;

/**
 * sums[r][c] = sum over k of a[k][r] b[k][c], from packed panels `a` ([k][TILE_ROWS]) and `b` ([k][8]), which `multiplyTile`
 * reads once from front to back. `sums` is [TILE_ROWS][8].
 */
export function multiplyTile(a: usize, b: usize, k: i32, sums: usize): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0), c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0), c41 = f32x4.splat(0), c50 = f32x4.splat(0), c51 = f32x4.splat(0);
  for (; k > 0; k--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01); s = v128.load32_splat(a, 4);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11); s = v128.load32_splat(a, 8);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21); s = v128.load32_splat(a, 12);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31); s = v128.load32_splat(a, 16);
    c40 = multiplyAdd(s, b0, c40); c41 = multiplyAdd(s, b1, c41);
    if (RELAXED) {
      s = v128.load32_splat(a, 20);
      c50 = multiplyAdd(s, b0, c50); c51 = multiplyAdd(s, b1, c51);
    }
    a += (<usize>TILE_ROWS) << 2;
    b += 32;
  }
  v128.store(sums, c00); v128.store(sums, c01, 16); v128.store(sums, c10, 32); v128.store(sums, c11, 48);
  v128.store(sums, c20, 64); v128.store(sums, c21, 80); v128.store(sums, c30, 96); v128.store(sums, c31, 112);
  v128.store(sums, c40, 128); v128.store(sums, c41, 144);
  if (RELAXED) { v128.store(sums, c50, 160); v128.store(sums, c51, 176); }
}

/**
 * The same, with the sums stored as rows of the output itself, `step` bytes apart: for whole tiles that need nothing else. Where k is short
 * the way through memory would cost as much as the sums.
 */
export function multiplyTileInto(a: usize, b: usize, k: i32, output: usize, step: usize): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0), c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0), c41 = f32x4.splat(0), c50 = f32x4.splat(0), c51 = f32x4.splat(0);
  for (; k > 0; k--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01); s = v128.load32_splat(a, 4);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11); s = v128.load32_splat(a, 8);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21); s = v128.load32_splat(a, 12);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31); s = v128.load32_splat(a, 16);
    c40 = multiplyAdd(s, b0, c40); c41 = multiplyAdd(s, b1, c41);
    if (RELAXED) {
      s = v128.load32_splat(a, 20);
      c50 = multiplyAdd(s, b0, c50); c51 = multiplyAdd(s, b1, c51);
    }
    a += (<usize>TILE_ROWS) << 2;
    b += 32;
  }
  v128.store(output, c00); v128.store(output, c01, 16);
  output += step;
  v128.store(output, c10); v128.store(output, c11, 16);
  output += step;
  v128.store(output, c20); v128.store(output, c21, 16);
  output += step;
  v128.store(output, c30); v128.store(output, c31, 16);
  output += step;
  v128.store(output, c40); v128.store(output, c41, 16);
  if (RELAXED) {
    output += step;
    v128.store(output, c50); v128.store(output, c51, 16);
  }
}

/** A loop in registers alone: what the machine can do at most. `turns` times 96 floating-point operations. */
export function measurePeak(turns: i32, address: usize): void {
  let c0 = f32x4.splat(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0, c8 = c0, c9 = c0, ca = c0, cb = c0;
  const x = v128.load(address), y = v128.load(address, 16);
  for (; turns > 0; turns--) {
    c0 = multiplyAdd(x, y, c0); c1 = multiplyAdd(x, y, c1); c2 = multiplyAdd(x, y, c2); c3 = multiplyAdd(x, y, c3);
    c4 = multiplyAdd(x, y, c4); c5 = multiplyAdd(x, y, c5); c6 = multiplyAdd(x, y, c6); c7 = multiplyAdd(x, y, c7);
    c8 = multiplyAdd(x, y, c8); c9 = multiplyAdd(x, y, c9); ca = multiplyAdd(x, y, ca); cb = multiplyAdd(x, y, cb);
  }
  const even = f32x4.add(f32x4.add(f32x4.add(c0, c2), f32x4.add(c4, c6)), f32x4.add(c8, ca));
  const odd = f32x4.add(f32x4.add(f32x4.add(c1, c3), f32x4.add(c5, c7)), f32x4.add(c9, cb));
  v128.store(address, f32x4.add(even, odd));
}
