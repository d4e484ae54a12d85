/** Images in NHWC with a border of zeros around them, as convolutions read them: then no tap falls outside. */
import { at } from './vector';

/**
 * Copies rows of one image into a larger one. The target has `targetRows` x `targetColumns` pixels; its row r is the row `firstRow` + r of
 * the source (`rows` x `columns` pixels, `channels` numbers each) and begins `left` pixels before it; what lies outside the source is zero.
 */
export function padImage(
  source: usize, rows: i32, columns: i32, channels: i32, target: usize, targetRows: i32, targetColumns: i32, firstRow: i32, left: i32,
): void {
  const width = at(0, targetColumns * channels);
  // A convolution at a stride need not read the last columns at all.
  const skipped = max(-left, 0);
  const used = max(min(columns - skipped, targetColumns - max(left, 0)), 0);
  const before = at(0, min(max(left, 0), targetColumns) * channels), copied = at(0, used * channels), after = width - before - copied;
  for (let row = firstRow; row < firstRow + targetRows; row++) {
    if (row < 0 || row >= rows) memory.fill(target, 0, width);
    else {
      if (before) memory.fill(target, 0, before);
      memory.copy(target + before, at(source, (row * columns + skipped) * channels), copied);
      if (after) memory.fill(target + before + copied, 0, after);
    }
    target += width;
  }
}
