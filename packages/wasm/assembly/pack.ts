/**
 * Packing: copies a block of a matrix into panels that a tile reads once from front to back.
 *
 *   left panel   [k][TILE_ROWS]  TILE_ROWS rows of the left side, side by side for every k
 *   right panel  [k][8]          8 columns of the right side
 *
 * Each element is packed once and read by many tiles. Rows or columns beyond the edge of the matrix are zeros in the panel; what a tile
 * makes of them is never stored.
 */
import { TILE_COLUMNS, TILE_ROWS } from './tile';
import { at } from './vector';

/** Bytes of a left panel for each k. */
const LEFT_STEP: usize = (<usize>TILE_ROWS) << 2;
/** Bytes of a right panel for each k. */
const RIGHT_STEP: usize = (<usize>TILE_COLUMNS) << 2;

/**
 * One left panel from TILE_ROWS rows that each lie contiguous along k, `length` numbers of them: a transposition, four k at a time.
 * Without FMA `a5` is not read.
 */
export function packRows(a0: usize, a1: usize, a2: usize, a3: usize, a4: usize, a5: usize, length: i32, panel: usize): void {
  let k = 0;
  for (; k + 4 <= length; k += 4) {
    const r0 = v128.load(a0), r1 = v128.load(a1), r2 = v128.load(a2), r3 = v128.load(a3), r4 = v128.load(a4);
    const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5), high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
    const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5), high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
    v128.store(panel, v128.shuffle<i64>(low01, low23, 0, 2));
    v128.store(panel + LEFT_STEP, v128.shuffle<i64>(low01, low23, 1, 3));
    v128.store(panel + 2 * LEFT_STEP, v128.shuffle<i64>(high01, high23, 0, 2));
    v128.store(panel + 3 * LEFT_STEP, v128.shuffle<i64>(high01, high23, 1, 3));
    if (RELAXED) {
      const r5 = v128.load(a5);
      const low45 = v128.shuffle<i32>(r4, r5, 0, 4, 1, 5), high45 = v128.shuffle<i32>(r4, r5, 2, 6, 3, 7);
      v128.store64_lane(panel, low45, 0, 16);
      v128.store64_lane(panel + LEFT_STEP, low45, 1, 16);
      v128.store64_lane(panel + 2 * LEFT_STEP, high45, 0, 16);
      v128.store64_lane(panel + 3 * LEFT_STEP, high45, 1, 16);
      a5 += 16;
    } else {
      v128.store32_lane(panel, r4, 0, 16);
      v128.store32_lane(panel + LEFT_STEP, r4, 1, 16);
      v128.store32_lane(panel + 2 * LEFT_STEP, r4, 2, 16);
      v128.store32_lane(panel + 3 * LEFT_STEP, r4, 3, 16);
    }
    a0 += 16; a1 += 16; a2 += 16; a3 += 16; a4 += 16;
    panel += 4 * LEFT_STEP;
  }
  for (; k < length; k++) {
    store<f32>(panel, load<f32>(a0)); store<f32>(panel, load<f32>(a1), 4); store<f32>(panel, load<f32>(a2), 8);
    store<f32>(panel, load<f32>(a3), 12); store<f32>(panel, load<f32>(a4), 16);
    if (RELAXED) { store<f32>(panel, load<f32>(a5), 20); a5 += 4; }
    a0 += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4;
    panel += LEFT_STEP;
  }
}

/** Left panels of `rows` rows of a row-major matrix with `stride` numbers a row, `length` of them from `source` on. */
export function packLeft(source: usize, stride: i32, rows: i32, length: i32, panel: usize): void {
  const step = at(0, stride);
  for (let row = 0; row < rows; row += TILE_ROWS) {
    const a0 = source + <usize>row * step;
    if (rows - row >= TILE_ROWS) {
      const a4 = a0 + 4 * step;
      packRows(a0, a0 + step, a0 + 2 * step, a0 + 3 * step, a4, a4 + step, length, panel);
    } else packLastRows(a0, step, rows - row, length, panel);
    panel += <usize>length * LEFT_STEP;
  }
}

/** The panel of the last rows, fewer than TILE_ROWS, `step` bytes apart: the others are zeros. */
export function packLastRows(source: usize, step: usize, rows: i32, length: i32, panel: usize): void {
  for (let k = 0; k < length; k++) {
    for (let row = 0; row < TILE_ROWS; row++) store<f32>(at(panel, row), row < rows ? load<f32>(source + <usize>row * step) : 0);
    source += 4;
    panel += LEFT_STEP;
  }
}

/** Left panels of `rows` columns of a row-major matrix (a transposed left side) with `stride` numbers a row. */
export function packLeftTransposed(source: usize, stride: i32, rows: i32, length: i32, panel: usize): void {
  const step = at(0, stride);
  for (let row = 0; row < rows; row += TILE_ROWS) {
    let from = at(source, row);
    if (rows - row >= TILE_ROWS) {
      for (let k = 0; k < length; k++) {
        copyTileRow(from, panel);
        from += step;
        panel += LEFT_STEP;
      }
    } else {
      for (let k = 0; k < length; k++) {
        for (let i = 0; i < TILE_ROWS; i++) store<f32>(at(panel, i), i < rows - row ? load<f32>(at(from, i)) : 0);
        from += step;
        panel += LEFT_STEP;
      }
    }
  }
}

/** TILE_ROWS contiguous numbers, and not one more. */
// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
export function copyTileRow(from: usize, to: usize): void {
  v128.store(to, v128.load(from));
  if (RELAXED) v128.store64_lane(to, v128.load64_zero(from, 16), 0, 16);
  else store<f32>(to, load<f32>(from, 16), 16);
}

/** The rows that are copied before the next panel is looked at: a line of the cache holds two panels' worth, and is still there. */
const RIGHT_ROWS: i32 = 8;

/** Right panels of a row-major block of `length` x `columns` numbers, `stride` numbers a row: a panel after the other, each [length][8]. */
export function packRight(source: usize, stride: i32, length: i32, columns: i32, panels: usize): void {
  const whole = columns & ~7;
  for (let k = 0; k < length; k += RIGHT_ROWS) {
    const rows = min(RIGHT_ROWS, length - k);
    const from = source + at(0, stride) * <usize>k;
    const to = panels + <usize>k * RIGHT_STEP;
    for (let column = 0; column < whole; column += TILE_COLUMNS) packRightPiece(at(from, column), stride, rows, to + <usize>(column * length << 2));
    if (whole < columns) packLastColumns(at(from, whole), stride, rows, columns - whole, to + <usize>(whole * length << 2));
  }
}

/** Rows of eight numbers. */
export function packRightPiece(from: usize, stride: i32, rows: i32, to: usize): void {
  const step = at(0, stride);
  for (; rows > 0; rows--) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    from += step;
    to += RIGHT_STEP;
  }
}

/** Rows of the last columns, fewer than eight: the others are zeros. */
export function packLastColumns(from: usize, stride: i32, rows: i32, columns: i32, to: usize): void {
  const step = at(0, stride);
  for (; rows > 0; rows--) {
    for (let column = 0; column < TILE_COLUMNS; column++) store<f32>(at(to, column), column < columns ? load<f32>(at(from, column)) : 0);
    from += step;
    to += RIGHT_STEP;
  }
}

/**
 * Right panels of a transposed right side: `columns` rows of `length` contiguous numbers, `stride` numbers a row. Panels begin `pitch`
 * bytes apart, which a caller may use to fill a longer panel piece by piece.
 */
export function packRightTransposed(source: usize, stride: i32, length: i32, columns: i32, panels: usize, pitch: usize): void {
  const step = at(0, stride);
  for (let column = 0; column < columns; column += TILE_COLUMNS) {
    const from = source + <usize>column * step;
    if (columns - column >= TILE_COLUMNS) {
      packFourColumns(from, step, length, panels);
      packFourColumns(from + 4 * step, step, length, panels + 16);
    } else {
      for (let k = 0; k < length; k++) {
        for (let i = 0; i < TILE_COLUMNS; i++) {
          store<f32>(at(panels, k * TILE_COLUMNS + i), i < columns - column ? load<f32>(at(from + <usize>i * step, k)) : 0);
        }
      }
    }
    panels += pitch;
  }
}

/** Half of a right panel: four rows of the source, `step` bytes apart, become four columns. */
export function packFourColumns(from: usize, step: usize, length: i32, panel: usize): void {
  let b0 = from, b1 = b0 + step, b2 = b1 + step, b3 = b2 + step;
  let k = 0;
  for (; k + 4 <= length; k += 4) {
    const r0 = v128.load(b0), r1 = v128.load(b1), r2 = v128.load(b2), r3 = v128.load(b3);
    const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5), high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
    const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5), high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
    v128.store(panel, v128.shuffle<i64>(low01, low23, 0, 2));
    v128.store(panel, v128.shuffle<i64>(low01, low23, 1, 3), 32);
    v128.store(panel, v128.shuffle<i64>(high01, high23, 0, 2), 64);
    v128.store(panel, v128.shuffle<i64>(high01, high23, 1, 3), 96);
    b0 += 16; b1 += 16; b2 += 16; b3 += 16;
    panel += 128;
  }
  for (; k < length; k++) {
    store<f32>(panel, load<f32>(b0)); store<f32>(panel, load<f32>(b1), 4);
    store<f32>(panel, load<f32>(b2), 8); store<f32>(panel, load<f32>(b3), 12);
    b0 += 4; b1 += 4; b2 += 4; b3 += 4;
    panel += 32;
  }
}
