/**
 * The gradient of a convolution for its filter: for every tap the sum over all output pixels of what the tap read times what the gradient
 * says there. As a matrix product its left side is the windows transposed (taps by pixels), its right side the gradient as it lies in
 * memory (pixels by channels). Pixels are the long side: they are cut into blocks, and the blocks are added up in the output.
 *
 * Threads share out the taps, so each sum is made by one thread, over all images, in one order.
 */
import { BAND_BYTES, rowsRead } from './convolution';
import { ACCUMULATE, storeTile } from './epilogue';
import { padImage } from './image';
import { copyTileRow, packRight } from './pack';
import { blockDepth } from './product';
import { multiplyTile, TILE_COLUMNS, TILE_ROWS } from './tile';
import { at } from './vector';

/** The most pixels of a block; see blockDepth. */
const DEPTH: i32 = 400;

/** Tiles of taps: within a kernel row where it has numbers enough, else across rows. */
export function filterTiles(height: i32, run: i32): i32 {
  return run >= TILE_ROWS ? height * ((run + TILE_ROWS - 1) / TILE_ROWS) : (height * run + TILE_ROWS - 1) / TILE_ROWS;
}

/** Bytes that one thread works in. */
export function filterGradientScratch(bandRow: usize, columns: i32): usize {
  return 256 + at(0, DEPTH * (TILE_ROWS + 2)) + 64 + at(0, (DEPTH + 4) * ((columns + 7) & ~7)) + 64 + max(BAND_BYTES, bandRow) + 64;
}

/**
 * Tiles [`fromTile`, `toTile`) of the gradient [height][width][channels][columns], which is `gradient`; the rest of the arguments are as
 * for `convolve`. `dy` is [images][outputRows][outputColumns][columns]. There is at least one image and one output pixel.
 */
export function filterGradient(
  fromTile: i32, toTile: i32, images: i32, input: usize, rows: i32, inputColumns: i32, channels: i32, top: i32, left: i32, dy: usize,
  outputRows: i32, outputColumns: i32, strideHeight: i32, strideWidth: i32, height: i32, width: i32, columns: i32, gradient: usize,
  scratch: usize,
): void {
  const band = scratch + filterGradientScratch(0, columns) - BAND_BYTES;
  const paddedColumns = rowsRead(outputColumns, strideWidth, width);
  const inPlace = top == 0 && left == 0 && paddedColumns <= inputColumns && rowsRead(outputRows, strideHeight, height) <= rows;
  const lineBytes = at(0, paddedColumns * channels);
  let done = false;
  for (let image = 0; image < images; ) {
    const source = at(input, image * rows * inputColumns * channels);
    const gradients = at(dy, image * outputRows * outputColumns * columns);
    const paddedRows = rowsRead(outputRows, strideHeight, height);
    if (inPlace) {
      addBand(
        fromTile, toTile, source, rows, inputColumns, channels, images, outputRows, gradients, outputColumns, strideHeight, strideWidth,
        height, width, columns, gradient, done, scratch,
      );
      return;
    }
    const imageBytes = <usize>paddedRows * lineBytes;
    if (imageBytes <= BAND_BYTES) {
      const count = min(images - image, <i32>(BAND_BYTES / imageBytes));
      for (let i = 0; i < count; i++) {
        padImage(
          at(source, i * rows * inputColumns * channels), rows, inputColumns, channels, band + <usize>i * imageBytes, paddedRows,
          paddedColumns, -top, left,
        );
      }
      addBand(
        fromTile, toTile, band, paddedRows, paddedColumns, channels, count, outputRows, gradients, outputColumns, strideHeight, strideWidth,
        height, width, columns, gradient, done, scratch,
      );
      done = true;
      image += count;
      continue;
    }
    for (let first = 0; first < outputRows; ) {
      let count = outputRows - first;
      while (count > 1 && <usize>rowsRead(count, strideHeight, height) * lineBytes > BAND_BYTES) count = (count + 1) >> 1;
      const bandRows = rowsRead(count, strideHeight, height);
      padImage(source, rows, inputColumns, channels, band, bandRows, paddedColumns, first * strideHeight - top, left);
      addBand(
        fromTile, toTile, band, bandRows, paddedColumns, channels, 1, count, at(gradients, first * outputColumns * columns), outputColumns,
        strideHeight, strideWidth, height, width, columns, gradient, done, scratch,
      );
      done = true;
      first += count;
    }
    image++;
  }
}

/** Adds what the pixels of a band contribute. `done`: whether earlier ones have left their sums in the gradient. */
export function addBand(
  fromTile: i32, toTile: i32, band: usize, paddedRows: i32, paddedColumns: i32, channels: i32, images: i32, outputRows: i32, dy: usize,
  outputColumns: i32, strideHeight: i32, strideWidth: i32, height: i32, width: i32, columns: i32, gradient: usize, done: bool,
  scratch: usize,
): void {
  const sums = scratch, leftPanel = scratch + 256, rightPanels = (leftPanel + at(0, DEPTH * (TILE_ROWS + 2)) + 63) & ~63;
  const run = width * channels, pitch = at(0, paddedColumns * channels), taps = height * run, step = at(0, columns);
  const pixels = images * outputRows * outputColumns, depth = blockDepth(pixels), tilesOfRun = (run + TILE_ROWS - 1) / TILE_ROWS;
  for (let pixel = 0; pixel < pixels; pixel += depth) {
    const ks = min(depth, pixels - pixel);
    const mode = done || pixel > 0 ? ACCUMULATE : 0;
    packRight(at(dy, pixel * columns), columns, ks, columns, rightPanels);
    for (let tile = fromTile; tile < toTile; tile++) {
      let tap: i32, skipped = 0;
      if (run >= TILE_ROWS) {
        // The last tile of a kernel row begins early enough to end with it; the rows that it shares with the one before are skipped.
        const row = tile / tilesOfRun, wanted = (tile % tilesOfRun) * TILE_ROWS, start = min(wanted, run - TILE_ROWS);
        skipped = wanted - start;
        tap = row * run + wanted;
        packTaps(
          band + <usize>row * pitch + at(0, start), pixel, ks, outputRows, outputColumns, at(0, strideWidth * channels),
          <usize>strideHeight * pitch, <usize>paddedRows * pitch, leftPanel,
        );
      } else {
        tap = tile * TILE_ROWS;
        packScatteredTaps(
          band, tap, taps, run, pitch, pixel, ks, outputRows, outputColumns, at(0, strideWidth * channels), <usize>strideHeight * pitch,
          <usize>paddedRows * pitch, leftPanel,
        );
      }
      const kept = run >= TILE_ROWS ? TILE_ROWS - skipped : min(TILE_ROWS, taps - tap);
      for (let j = 0; j < columns; j += TILE_COLUMNS) {
        multiplyTile(leftPanel, at(rightPanels, j * ks), ks, sums);
        storeTile(sums + <usize>skipped * 32, at(gradient, tap * columns + j), step, kept, min(TILE_COLUMNS, columns - j), mode, 0, 0, 0);
      }
    }
  }
}

/** A left panel of TILE_ROWS neighbouring taps, at `from` for the first pixel of a band: of the pixels [`pixel`, `pixel` + `count`). */
export function packTaps(
  from: usize, pixel: i32, count: i32, outputRows: i32, outputColumns: i32, columnStep: usize, rowStep: usize, imageStep: usize, panel: usize,
): void {
  let column = pixel % outputColumns, row = (pixel / outputColumns) % outputRows;
  let image = from + <usize>(pixel / outputColumns / outputRows) * imageStep;
  while (count > 0) {
    const run = min(outputColumns - column, count);
    packTapRun(image + <usize>row * rowStep + <usize>column * columnStep, columnStep, run, panel);
    panel += <usize>(run * TILE_ROWS) << 2;
    count -= run;
    column = 0;
    if (++row == outputRows) { row = 0; image += imageStep; }
  }
}

export function packTapRun(from: usize, step: usize, count: i32, panel: usize): void {
  for (; count > 0; count--) {
    copyTileRow(from, panel);
    from += step;
    panel += (<usize>TILE_ROWS) << 2;
  }
}

/** The byte offset of a tap in a window; taps past the last stand for the last, and their sums are not stored. */
// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
function tapOffset(tap: i32, taps: i32, run: i32, pitch: usize): usize {
  const known = min(tap, taps - 1);
  return <usize>(known / run) * pitch + at(0, known % run);
}

/** The same of taps that lie in several kernel rows. */
export function packScatteredTaps(
  band: usize, tap: i32, taps: i32, run: i32, pitch: usize, pixel: i32, count: i32, outputRows: i32, outputColumns: i32,
  columnStep: usize, rowStep: usize, imageStep: usize, panel: usize,
): void {
  const o0 = tapOffset(tap, taps, run, pitch), o1 = tapOffset(tap + 1, taps, run, pitch), o2 = tapOffset(tap + 2, taps, run, pitch);
  const o3 = tapOffset(tap + 3, taps, run, pitch), o4 = tapOffset(tap + 4, taps, run, pitch), o5 = tapOffset(tap + 5, taps, run, pitch);
  let column = pixel % outputColumns, row = (pixel / outputColumns) % outputRows;
  let image = band + <usize>(pixel / outputColumns / outputRows) * imageStep;
  while (count > 0) {
    const neighbours = min(outputColumns - column, count);
    const from = image + <usize>row * rowStep + <usize>column * columnStep;
    packScatteredRun(from + o0, from + o1, from + o2, from + o3, from + o4, from + o5, columnStep, neighbours, panel);
    panel += <usize>(neighbours * TILE_ROWS) << 2;
    count -= neighbours;
    column = 0;
    if (++row == outputRows) { row = 0; image += imageStep; }
  }
}

export function packScatteredRun(a0: usize, a1: usize, a2: usize, a3: usize, a4: usize, a5: usize, step: usize, count: i32, panel: usize): void {
  for (; count > 0; count--) {
    store<f32>(panel, load<f32>(a0)); store<f32>(panel, load<f32>(a1), 4); store<f32>(panel, load<f32>(a2), 8);
    store<f32>(panel, load<f32>(a3), 12); store<f32>(panel, load<f32>(a4), 16);
    if (RELAXED) { store<f32>(panel, load<f32>(a5), 20); a5 += step; }
    a0 += step; a1 += step; a2 += step; a3 += step; a4 += step;
    panel += (<usize>TILE_ROWS) << 2;
  }
}
