import type { PenPath } from './trace-glyph';

/** Pixels along a side of a handwritten digit. */
export const side = 28;

/**
 * Fills `depth` (`length * length`) with how far inside the ink each pixel is: the greatest, over the segments of the path, of the pen's radius there
 * less the distance to the segment; `floor` (negative) where no segment is near. In pixels.
 */
export function inkPath(path: PenPath, radiusAt: (t: number) => number, floor: number, depth: Float64Array, length: number = side): void {
  depth.fill(floor);
  const { xs, ys, joined, count } = path;
  for (let i = 1; i < count; i++) {
    if (joined[i] === 0) continue;
    const x = xs[i - 1]!;
    const y = ys[i - 1]!;
    const dx = xs[i]! - x;
    const dy = ys[i]! - y;
    const squared = dx * dx + dy * dy;
    const radius = radiusAt(i / count);
    const outer = radius - floor;
    const firstRow = Math.max(0, Math.ceil(Math.min(y, y + dy) - outer));
    const lastRow = Math.min(length - 1, Math.floor(Math.max(y, y + dy) + outer));
    const firstColumn = Math.max(0, Math.ceil(Math.min(x, x + dx) - outer));
    const lastColumn = Math.min(length - 1, Math.floor(Math.max(x, x + dx) + outer));
    for (let row = firstRow; row <= lastRow; row++) {
      for (let column = firstColumn; column <= lastColumn; column++) {
        const along = squared > 0 ? Math.min(1, Math.max(0, ((column - x) * dx + (row - y) * dy) / squared)) : 0;
        const offX = column - x - along * dx;
        const offY = row - y - along * dy;
        const inside = radius - Math.sqrt(offX * offX + offY * offY);
        if (inside > depth[row * length + column]!) depth[row * length + column] = inside;
      }
    }
  }
}
