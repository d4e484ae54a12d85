/**
 * What happens to a tile of sums: the columns that exist are added to what the blocks before have left (after the first), get their bias
 * and activation (at the last), and are stored.
 */
import { TILE_COLUMNS } from './tile';
import { at } from './vector';

/** Activations that cost nothing beside a store. Others run as passes of their own. */
export const LINEAR: i32 = 0;
export const RELU: i32 = 1;
export const RELU6: i32 = 2;
export const LEAKY_RELU: i32 = 3;

/** Sums of an earlier block lie in the output already. */
export const ACCUMULATE: i32 = 1;
/** This block is the last one: add the bias, apply the activation. */
export const FINISH: i32 = 2;

// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
function activate(value: v128, activation: i32, slope: v128): v128 {
  // NaN stays NaN: max and min of WebAssembly hand it on.
  if (activation == RELU) return f32x4.max(value, f32x4.splat(0));
  if (activation == RELU6) return f32x4.min(f32x4.max(value, f32x4.splat(0)), f32x4.splat(6));
  if (activation == LEAKY_RELU) return v128.bitselect(f32x4.mul(value, slope), value, f32x4.lt(value, f32x4.splat(0)));
  return value;
}

/**
 * Stores one row of a tile, `columns` (up to 8) of its sums. `bias` is the address of as many numbers, or 0; it and the
 * activation count only with FINISH.
 */
// @ts-expect-error: see above
@inline
export function storeRow(sums: usize, output: usize, columns: i32, mode: i32, bias: usize, activation: i32, slope: f32): void {
  const alpha = f32x4.splat(slope);
  if (columns == TILE_COLUMNS) {
    let left = v128.load(sums), right = v128.load(sums, 16);
    if (mode & ACCUMULATE) {
      left = f32x4.add(v128.load(output), left);
      right = f32x4.add(v128.load(output, 16), right);
    }
    if (mode & FINISH) {
      if (bias) {
        left = f32x4.add(left, v128.load(bias));
        right = f32x4.add(right, v128.load(bias, 16));
      }
      left = activate(left, activation, alpha);
      right = activate(right, activation, alpha);
    }
    v128.store(output, left);
    v128.store(output, right, 16);
    return;
  }
  for (let column = 0; column < columns; column++) {
    let value = load<f32>(at(sums, column));
    if (mode & ACCUMULATE) value = load<f32>(at(output, column)) + value;
    if (mode & FINISH) {
      if (bias) value += load<f32>(at(bias, column));
      value = f32x4.extract_lane(activate(f32x4.splat(value), activation, alpha), 0);
    }
    store<f32>(at(output, column), value);
  }
}

/** Stores the first `rows` rows of a tile, `step` bytes apart. */
export function storeTile(
  sums: usize, output: usize, step: usize, rows: i32, columns: i32, mode: i32, bias: usize, activation: i32, slope: f32,
): void {
  for (; rows > 0; rows--) {
    storeRow(sums, output, columns, mode, bias, activation, slope);
    sums += 32;
    output += step;
  }
}

/** The same, each row at the address that `addresses` names, plus `offset` bytes. */
export function storeTileAt(
  sums: usize, addresses: usize, offset: usize, rows: i32, columns: i32, mode: i32, bias: usize, activation: i32, slope: f32,
): void {
  for (; rows > 0; rows--) {
    storeRow(sums, <usize>load<u32>(addresses) + offset, columns, mode, bias, activation, slope);
    sums += 32;
    addresses += 4;
  }
}
