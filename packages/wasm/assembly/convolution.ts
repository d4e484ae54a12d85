/**
 * Convolutions of images (NHWC) as matrix products whose left side is never written down: row p of it is the window of output pixel p,
 * kernel rows one after the other, each a contiguous run of the (padded) image. Packing reads the windows straight into left panels.
 *
 *     image     . . . . . . .        a window of 3 x 3 pixels is three runs
 *               . [a a a] . .        of 3 x channels numbers:
 *               . [b b b] . .          row p = a a a b b b c c c
 *               . [c c c] . .
 *
 * Images are done in bands that fit the cache with their borders: several images, or some rows of a large one. What is summed for a pixel,
 * and in which order, does not depend on the band.
 */
import { ACCUMULATE, FINISH, LINEAR, storeTileAt } from './epilogue';
import { padImage } from './image';
import { copyTileRow, packFourColumns, packRight, packRows } from './pack';
import { blockDepth } from './product';
import { multiplyTile, multiplyTileInto, TILE_BYTES, TILE_COLUMNS, TILE_ROWS } from './tile';
import { at } from './vector';

/** Output pixels that are packed together. */
const PIXELS: i32 = TILE_ROWS * 20;
/** The largest depth of a block; see blockDepth. */
const DEPTH: i32 = 400;
/** Below this many numbers in a run, copying them one by one is faster than four at a time. */
const SHORT_RUN: i32 = 16;
/** Bytes of a band that are worth keeping in the second cache; one that needs more takes as few rows as possible. */
export const BAND_BYTES: usize = 384 * 1024;

/** Bytes of the packed form of a filter of `length` (height x width x input channels) x `columns`. */
export function packedFilterBytes(length: i32, columns: i32): usize {
  return at(0, length * ((columns + 7) & ~7)) + 64;
}

/** Packs a filter [length][columns] into blocks of right panels, in the order in which `convolve` reads them. */
export function packFilter(filter: usize, length: i32, columns: i32, packed: usize): void {
  const depth = blockDepth(length);
  const width = (columns + 7) & ~7;
  for (let k = 0; k < length; k += depth) {
    packRight(at(filter, k * columns), columns, min(depth, length - k), columns, at(packed, k * width));
  }
}

/**
 * Packs the filter that the input gradient convolves with. Seen from an input pixel the windows lie the other way round: taps in reverse,
 * input and output channels exchanged. At a stride, the input pixels fall into strideHeight x strideWidth classes, each reached by its own
 * taps: those at `firstRow`, `firstRow` + strideHeight, ... and likewise for columns (`taps` counts them). The result is a filter of
 * tapRows x tapColumns x outputChannels by inputChannels.
 */
export function packTurnedFilter(
  filter: usize, filterWidth: i32, inputChannels: i32, outputChannels: i32,
  firstRow: i32, strideHeight: i32, tapRows: i32, firstColumn: i32, strideWidth: i32, tapColumns: i32, packed: usize,
): void {
  const length = tapRows * tapColumns * outputChannels;
  const depth = blockDepth(length);
  const width = (inputChannels + 7) & ~7;
  for (let column = 0; column < inputChannels; column += TILE_COLUMNS) {
    const columns = min(TILE_COLUMNS, inputChannels - column);
    for (let block = 0; block < length; block += depth) {
      const ks = min(depth, length - block);
      let panel = at(packed, block * width + column * ks);
      for (let k = block; k < block + ks; ) {
        const tap = k / outputChannels, channel = k % outputChannels;
        const row = firstRow + strideHeight * (tapRows - 1 - tap / tapColumns);
        const tapColumn = firstColumn + strideWidth * (tapColumns - 1 - tap % tapColumns);
        const run = min(outputChannels - channel, block + ks - k);
        const from = at(filter, ((row * filterWidth + tapColumn) * inputChannels + column) * outputChannels + channel);
        packTurnedRun(from, at(0, outputChannels), run, columns, panel);
        panel += <usize>run * 32;
        k += run;
      }
    }
  }
}

/** `columns` (up to 8) rows of `length` numbers, `step` bytes apart, as a piece of a right panel. */
export function packTurnedRun(from: usize, step: usize, length: i32, columns: i32, panel: usize): void {
  if (columns == TILE_COLUMNS) {
    packFourColumns(from, step, length, panel);
    packFourColumns(from + 4 * step, step, length, panel + 16);
    return;
  }
  for (let k = 0; k < length; k++) {
    for (let column = 0; column < TILE_COLUMNS; column++) {
      store<f32>(at(panel, k * TILE_COLUMNS + column), column < columns ? load<f32>(at(from + <usize>column * step, k)) : 0);
    }
  }
}

/**
 * One left panel: numbers [`from`, `from` + `length`) of the windows that begin at TILE_ROWS `addresses`. A window is runs of `run`
 * numbers, `pitch` bytes apart.
 */
export function packWindows(addresses: usize, run: i32, pitch: usize, from: i32, length: i32, panel: usize): void {
  const a0 = <usize>load<u32>(addresses), a1 = <usize>load<u32>(addresses, 4), a2 = <usize>load<u32>(addresses, 8);
  const a3 = <usize>load<u32>(addresses, 12), a4 = <usize>load<u32>(addresses, 16), a5 = RELAXED ? <usize>load<u32>(addresses, 20) : a4;
  if (run < SHORT_RUN && from == 0 && length % run == 0) {
    const rows = length / run;
    // Neighbours in an image of one channel: the numbers of all windows at one tap are contiguous themselves.
    if (a1 - a0 == 4 && a2 - a1 == 4 && a3 - a2 == 4 && a4 - a3 == 4 && (!RELAXED || a5 - a4 == 4)) packNeighbours(a0, rows, run, pitch, panel);
    else packShortRuns(a0, a1, a2, a3, a4, a5, rows, run, pitch, panel);
    return;
  }
  let row = from / run, first = from % run;
  while (length > 0) {
    const count = min(run - first, length);
    const offset = <usize>row * pitch + at(0, first);
    packRows(a0 + offset, a1 + offset, a2 + offset, a3 + offset, a4 + offset, a5 + offset, count, panel);
    panel += <usize>(count * TILE_ROWS) << 2;
    length -= count;
    row++;
    first = 0;
  }
}

export function packNeighbours(from: usize, rows: i32, run: i32, pitch: usize, panel: usize): void {
  for (; rows > 0; rows--) {
    let tap = from;
    for (let k = run; k > 0; k--) {
      copyTileRow(tap, panel);
      tap += 4;
      panel += (<usize>TILE_ROWS) << 2;
    }
    from += pitch;
  }
}

export function packShortRuns(
  a0: usize, a1: usize, a2: usize, a3: usize, a4: usize, a5: usize, rows: i32, run: i32, pitch: usize, panel: usize,
): void {
  const skip = pitch - at(0, run);
  for (; rows > 0; rows--) {
    for (let k = run; k > 0; k--) {
      store<f32>(panel, load<f32>(a0)); store<f32>(panel, load<f32>(a1), 4); store<f32>(panel, load<f32>(a2), 8);
      store<f32>(panel, load<f32>(a3), 12); store<f32>(panel, load<f32>(a4), 16);
      if (RELAXED) { store<f32>(panel, load<f32>(a5), 20); a5 += 4; }
      a0 += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4;
      panel += (<usize>TILE_ROWS) << 2;
    }
    a0 += skip; a1 += skip; a2 += skip; a3 += skip; a4 += skip; a5 += skip;
  }
}

/** Bytes that one thread works in, for a band of at least `bandRow` bytes (the padded rows that one row of the output needs). */
export function convolutionScratch(bandRow: usize): usize {
  return 256 + at(0, 3 * (PIXELS + TILE_ROWS)) + 64 + at(0, DEPTH * (PIXELS + TILE_ROWS)) + 64 + max(BAND_BYTES, bandRow) + 64;
}

/** Padded rows that `rows` rows of output read. */
// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
export function rowsRead(rows: i32, stride: i32, height: i32): i32 {
  return (rows - 1) * stride + height;
}

/**
 * Rows [`from`, `to`) of the output, counted through all images (image x outputRows + row).
 *
 * Window (r, c) of an image begins at its row r strideHeight - top and its column c strideWidth - left, and is height x width pixels of
 * `channels` numbers; `filter` is packed for `columns` output channels. Its sums go to pixel (r rowPitch + firstRow, c columnPitch +
 * firstColumn) of an output image of targetRows x targetColumns pixels, where a plain convolution has pitches 1 and firsts 0. Windows
 * overhang wherever they like: outside of the image there are zeros.
 */
export function convolve(
  from: i32, to: i32, input: usize, rows: i32, inputColumns: i32, channels: i32, top: i32, left: i32,
  outputRows: i32, outputColumns: i32, strideHeight: i32, strideWidth: i32, height: i32, width: i32, filter: usize, columns: i32,
  output: usize, targetRows: i32, targetColumns: i32, firstRow: i32, rowPitch: i32, firstColumn: i32, columnPitch: i32,
  bias: usize, activation: i32, slope: f32, scratch: usize,
): void {
  const paddedColumns = rowsRead(outputColumns, strideWidth, width);
  const inPlace = top == 0 && left == 0 && paddedColumns <= inputColumns && rowsRead(outputRows, strideHeight, height) <= rows;
  const band = scratch + convolutionScratch(0) - BAND_BYTES;
  const lineBytes = at(0, paddedColumns * channels);
  const imageBytes = <usize>rowsRead(outputRows, strideHeight, height) * lineBytes;
  while (from < to) {
    const image = from / outputRows, first = from % outputRows;
    const source = at(input, image * rows * inputColumns * channels);
    if (inPlace) {
      // All images that the share covers whole, or what it covers of this one.
      const whole = first == 0 ? (to - from) / outputRows : 0;
      const count = whole > 0 ? outputRows : min(outputRows - first, to - from);
      const images = max(whole, 1);
      convolveBand(
        at(source, first * strideHeight * inputColumns * channels), rows, inputColumns, channels, images, image, first, count, outputColumns,
        strideHeight, strideWidth, height, width, filter, columns, output, targetRows, targetColumns, firstRow, rowPitch, firstColumn,
        columnPitch, bias, activation, slope, scratch,
      );
      from += images * count;
      continue;
    }
    if (first == 0 && imageBytes <= BAND_BYTES && to - from >= outputRows) {
      const images = min((to - from) / outputRows, <i32>(BAND_BYTES / imageBytes));
      const paddedRows = rowsRead(outputRows, strideHeight, height);
      for (let i = 0; i < images; i++) {
        padImage(
          at(source, i * rows * inputColumns * channels), rows, inputColumns, channels, band + <usize>i * imageBytes, paddedRows,
          paddedColumns, -top, left,
        );
      }
      convolveBand(
        band, paddedRows, paddedColumns, channels, images, image, 0, outputRows, outputColumns, strideHeight, strideWidth, height, width,
        filter, columns, output, targetRows, targetColumns, firstRow, rowPitch, firstColumn, columnPitch, bias, activation, slope, scratch,
      );
      from += images * outputRows;
      continue;
    }
    let count = min(outputRows - first, to - from);
    while (count > 1 && <usize>rowsRead(count, strideHeight, height) * lineBytes > BAND_BYTES) count = (count + 1) >> 1;
    const paddedRows = rowsRead(count, strideHeight, height);
    padImage(source, rows, inputColumns, channels, band, paddedRows, paddedColumns, first * strideHeight - top, left);
    convolveBand(
      band, paddedRows, paddedColumns, channels, 1, image, first, count, outputColumns, strideHeight, strideWidth, height, width, filter,
      columns, output, targetRows, targetColumns, firstRow, rowPitch, firstColumn, columnPitch, bias, activation, slope, scratch,
    );
    from += count;
  }
}

/**
 * A band: `images` images of `paddedRows` x `paddedColumns` pixels, the first of them number `firstImage` of the output, whose rows
 * [`firstOutputRow`, `firstOutputRow` + `outputRows`) it gives.
 */
export function convolveBand(
  band: usize, paddedRows: i32, paddedColumns: i32, channels: i32, images: i32, firstImage: i32, firstOutputRow: i32, outputRows: i32,
  outputColumns: i32, strideHeight: i32, strideWidth: i32, height: i32, width: i32, filter: usize, columns: i32, output: usize,
  targetRows: i32, targetColumns: i32, firstRow: i32, rowPitch: i32, firstColumn: i32, columnPitch: i32, bias: usize, activation: i32,
  slope: f32, scratch: usize,
): void {
  const sums = scratch;
  const windows = scratch + 256, targets = windows + at(0, PIXELS + TILE_ROWS);
  const steps = targets + at(0, PIXELS + TILE_ROWS), panels = (steps + at(0, PIXELS + TILE_ROWS) + 63) & ~63;
  const run = width * channels, pitch = at(0, paddedColumns * channels), length = height * run;
  const depth = blockDepth(length), packedColumns = (columns + 7) & ~7;
  const pixels = images * outputRows * outputColumns;
  let column = 0, row = 0, image = 0;
  for (let pixel = 0; pixel < pixels; pixel += PIXELS) {
    const count = min(PIXELS, pixels - pixel);
    let i = 0;
    for (; i < count; i++) {
      store<u32>(at(windows, i), <u32>at(band, ((image * paddedRows + row * strideHeight) * paddedColumns + column * strideWidth) * channels));
      const targetRow = (firstImage + image) * targetRows + (firstOutputRow + row) * rowPitch + firstRow;
      store<u32>(at(targets, i), <u32>at(output, (targetRow * targetColumns + column * columnPitch + firstColumn) * columns));
      if (++column == outputColumns) {
        column = 0;
        if (++row == outputRows) { row = 0; image++; }
      }
    }
    // A last tile that is not full reads some window twice, and stores what it made of it nowhere.
    for (const last = load<u32>(at(windows, count - 1)); i % TILE_ROWS != 0; i++) store<u32>(at(windows, i), last);
    for (let i = 0; i < count; i += TILE_ROWS) store<u32>(at(steps, i), count - i >= TILE_ROWS ? <u32>stepOf(at(targets, i)) : 0);
    for (let k = 0; k < length; k += depth) {
      const ks = min(depth, length - k);
      const mode = (k > 0 ? ACCUMULATE : 0) | (k + ks >= length ? FINISH : 0);
      const plain = k == 0 && (ks < length || (bias == 0 && activation == LINEAR));
      for (let i = 0; i < count; i += TILE_ROWS) packWindows(at(windows, i), run, pitch, k, ks, at(panels, i * ks));
      const block = at(filter, k * packedColumns);
      for (let j = 0; j < columns; j += TILE_COLUMNS) {
        for (let i = 0; i < count; i += TILE_ROWS) {
          const target = <usize>load<u32>(at(targets, i)), left = at(panels, i * ks), right = at(block, j * ks);
          const step = <usize>load<u32>(at(steps, i));
          if (plain && step && columns - j >= TILE_COLUMNS) {
            multiplyTileInto(left, right, ks, target + at(0, j), step);
            continue;
          }
          multiplyTile(left, right, ks, sums);
          storeTileAt(
            sums, at(targets, i), at(0, j), min(TILE_ROWS, count - i), min(TILE_COLUMNS, columns - j), mode, bias ? at(bias, j) : 0,
            activation, slope,
          );
        }
      }
    }
  }
}

/**
 * How many bytes apart the TILE_ROWS addresses at `addresses` are, or 0 where they are not evenly so: pixels of one row are, and at a pitch
 * the ways to the next row and to the next image may be longer or shorter.
 */
export function stepOf(addresses: usize): usize {
  const first = load<u32>(addresses), step = load<u32>(addresses, 4) - first;
  for (let i = 2; i < TILE_ROWS; i++) if (load<u32>(at(addresses, i)) != first + <u32>i * step) return 0;
  return step;
}
