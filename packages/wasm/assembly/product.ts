/**
 * Matrix products: C = act(op(A) op(B) + bias), row-major, op one of "as it is" and "transposed". Blocked so that what tiles read again
 * and again lies in the caches:
 *
 *      k: DEPTH at a time     A block of B of DEPTH x WIDTH numbers is packed into right panels; for it, blocks of A of HEIGHT x DEPTH
 *     +------+                are packed into left panels. A right panel (12 KiB) and a left one (9 KiB) lie in the first cache, the
 *   A |##    | B |#|   |      left block in the second. Sums pass through memory only between blocks of k.
 *     |##    |   |#|   |
 *     +------+   | |   |
 *
 * How k is cut depends on k alone, so a row of C has the same bits however many rows are asked for, and by however many threads.
 */
import { ACCUMULATE, FINISH, LINEAR, storeTile } from './epilogue';
import { packLeft, packLeftTransposed, packRight, packRightTransposed } from './pack';
import { multiplyTile, multiplyTileInto, TILE_BYTES, TILE_COLUMNS, TILE_ROWS } from './tile';
import { at } from './vector';

const DEPTH: i32 = 400;
const WIDTH: i32 = 512;
const HEIGHT: i32 = TILE_ROWS * 20;

/** Bytes that one thread works in. */
export function productScratch(): usize {
  return TILE_BYTES + at(0, (DEPTH + TILE_COLUMNS) * WIDTH + DEPTH * (HEIGHT + TILE_ROWS)) + 128;
}

/** The depth of each block of `length`: as even as multiples of four allow. */
export function blockDepth(length: i32): i32 {
  const blocks = (length + DEPTH - 1) / DEPTH;
  const depth = (length + blocks - 1) / blocks;
  return min(length, (depth + 3) & ~3);
}

/**
 * Rows [`fromRow`, `toRow`) and columns [`fromColumn`, `toColumn`) of the product. `left` has `leftStride` numbers a row of memory, and so
 * on; `length` (1 or more) is the inner dimension. `bias` is the address of a number for each column, or 0.
 */
export function multiply(
  fromRow: i32, toRow: i32, fromColumn: i32, toColumn: i32, length: i32,
  left: usize, leftStride: i32, leftTransposed: i32, right: usize, rightStride: i32, rightTransposed: i32,
  output: usize, outputStride: i32, bias: usize, activation: i32, slope: f32, scratch: usize,
): void {
  const sums = scratch;
  const leftPanels = sums + 64 * ((TILE_BYTES + 63) / 64);
  const rightPanels = leftPanels + at(0, DEPTH * (HEIGHT + TILE_ROWS));
  const step = at(0, outputStride);
  const depth = blockDepth(length);
  for (let column = fromColumn; column < toColumn; column += WIDTH) {
    const columns = min(WIDTH, toColumn - column);
    for (let k = 0; k < length; k += depth) {
      const ks = min(depth, length - k);
      const mode = (k > 0 ? ACCUMULATE : 0) | (k + ks >= length ? FINISH : 0);
      const plain = k == 0 && (ks < length || (bias == 0 && activation == LINEAR));
      if (rightTransposed) packRightTransposed(at(right, column * rightStride + k), rightStride, ks, columns, rightPanels, <usize>ks * 32);
      else packRight(at(right, k * rightStride + column), rightStride, ks, columns, rightPanels);
      for (let row = fromRow; row < toRow; row += HEIGHT) {
        const rows = min(HEIGHT, toRow - row);
        if (leftTransposed) packLeftTransposed(at(left, k * leftStride + row), leftStride, rows, ks, leftPanels);
        else packLeft(at(left, row * leftStride + k), leftStride, rows, ks, leftPanels);
        for (let j = 0; j < columns; j += TILE_COLUMNS) {
          for (let i = 0; i < rows; i += TILE_ROWS) {
            const target = at(output, (row + i) * outputStride + column + j), a = at(leftPanels, i * ks), b = at(rightPanels, j * ks);
            if (plain && rows - i >= TILE_ROWS && columns - j >= TILE_COLUMNS) {
              multiplyTileInto(a, b, ks, target, step);
              continue;
            }
            multiplyTile(a, b, ks, sums);
            storeTile(
              sums, target, step, min(TILE_ROWS, rows - i), min(TILE_COLUMNS, columns - j),
              mode, bias ? at(bias, column + j) : 0, activation, slope,
            );
          }
        }
      }
    }
  }
}

/**
 * Products [`from`, `to`) of a batch: as `multiply`, whole matrices, which begin `leftPitch` ... numbers apart (0: the same one for all).
 */
export function multiplyBatch(
  from: i32, to: i32, rows: i32, columns: i32, length: i32,
  left: usize, leftStride: i32, leftTransposed: i32, leftPitch: i32,
  right: usize, rightStride: i32, rightTransposed: i32, rightPitch: i32,
  output: usize, bias: usize, activation: i32, slope: f32, scratch: usize,
): void {
  for (let batch = from; batch < to; batch++) {
    multiply(
      0, rows, 0, columns, length, at(left, batch * leftPitch), leftStride, leftTransposed,
      at(right, batch * rightPitch), rightStride, rightTransposed, at(output, batch * rows * columns), columns, bias, activation, slope, scratch,
    );
  }
}
