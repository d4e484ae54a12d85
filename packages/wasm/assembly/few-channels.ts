/**
 * The input gradient of a convolution of images with few channels (a first layer, under attack). As a convolution of the gradient it would
 * fill one to four of the eight columns of a tile. Here the columns are eight neighbouring output pixels instead, and the rows are taps:
 *
 *     sums [taps][8 pixels] = filter [taps][outputChannels] x gradient transposed [outputChannels][8 pixels]
 *
 * Row t of it is added to a plane of numbers, shifted by the tap: one plane for each channel and, at a stride, for each remainder of row and
 * column, so that neighbouring output pixels meet neighbouring numbers. At the end the planes are woven together.
 */
import { packLeft, packRightTransposed } from './pack';
import { multiplyTile, TILE_COLUMNS, TILE_ROWS } from './tile';
import { at } from './vector';

/** Bytes of the packed filter. */
export function packedTapsBytes(taps: i32, outputChannels: i32): usize {
  return at(0, (taps + TILE_ROWS) * outputChannels) + 64;
}

/** The filter [taps][outputChannels] as left panels. */
export function packTapFilter(filter: usize, taps: i32, outputChannels: i32, packed: usize): void {
  packLeft(filter, outputChannels, taps, outputChannels, packed);
}

// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
function planePitch(outputColumns: i32, strideWidth: i32, width: i32): i32 {
  return outputColumns + (width - 1) / strideWidth;
}

// @ts-expect-error: see above
@inline
function planeRows(outputRows: i32, strideHeight: i32, height: i32): i32 {
  return outputRows + (height - 1) / strideHeight;
}

/** Bytes that one thread works in. */
export function fewChannelsScratch(
  channels: i32, outputRows: i32, outputColumns: i32, outputChannels: i32, strideHeight: i32, strideWidth: i32, height: i32, width: i32,
): usize {
  const planes = channels * strideHeight * strideWidth * planeRows(outputRows, strideHeight, height) * planePitch(outputColumns, strideWidth, width);
  return 256 + at(0, height * width * channels + 16) + at(0, outputChannels * TILE_COLUMNS + 16) + at(0, planes + 16);
}

/** Images [`from`, `to`) of the gradient [images][rows][columns][channels], from `dy` [images][outputRows][outputColumns][outputChannels]. */
export function inputGradientOfFewChannels(
  from: i32, to: i32, dy: usize, outputRows: i32, outputColumns: i32, outputChannels: i32, filter: usize, height: i32, width: i32,
  channels: i32, strideHeight: i32, strideWidth: i32, top: i32, left: i32, rows: i32, columns: i32, gradient: usize, scratch: usize,
): void {
  const taps = height * width * channels;
  const pitch = planePitch(outputColumns, strideWidth, width), lines = planeRows(outputRows, strideHeight, height);
  const sums = scratch, offsets = scratch + 256;
  const panel = (offsets + at(0, taps + 15)) & ~63, planes = (panel + at(0, outputChannels * TILE_COLUMNS + 15)) & ~63;
  const planeBytes = at(0, lines * pitch), classes = strideHeight * strideWidth;
  for (let tap = 0; tap < taps; tap++) {
    const channel = tap % channels, column = (tap / channels) % width, row = tap / channels / width;
    const plane = channel * classes + (row % strideHeight) * strideWidth + (column % strideWidth);
    store<u32>(at(offsets, tap), <u32>(<usize>plane * planeBytes + at(0, (row / strideHeight) * pitch + column / strideWidth)));
  }
  for (let image = from; image < to; image++) {
    memory.fill(planes, 0, <usize>(channels * classes) * planeBytes);
    const gradients = at(dy, image * outputRows * outputColumns * outputChannels);
    for (let row = 0; row < outputRows; row++) {
      for (let column = 0; column < outputColumns; column += TILE_COLUMNS) {
        const count = min(TILE_COLUMNS, outputColumns - column);
        packRightTransposed(at(gradients, (row * outputColumns + column) * outputChannels), outputChannels, outputChannels, count, panel, 0);
        const base = planes + at(0, row * pitch + column);
        for (let tap = 0; tap < taps; tap += TILE_ROWS) {
          multiplyTile(at(filter, tap * outputChannels), panel, outputChannels, sums);
          addShifted(sums, base, at(offsets, tap), min(TILE_ROWS, taps - tap), count);
        }
      }
    }
    weave(planes, lines, pitch, at(gradient, image * rows * columns * channels), rows, columns, channels, top, left, strideHeight, strideWidth);
  }
}

/** Adds the first `count` numbers of each of `rows` rows of a tile to what lies at `base` plus the row's own offset. */
export function addShifted(sums: usize, base: usize, offsets: usize, rows: i32, count: i32): void {
  for (; rows > 0; rows--) {
    const target = base + <usize>load<u32>(offsets);
    if (count == TILE_COLUMNS) {
      v128.store(target, f32x4.add(v128.load(target), v128.load(sums)));
      v128.store(target, f32x4.add(v128.load(target, 16), v128.load(sums, 16)), 16);
    } else for (let i = 0; i < count; i++) store<f32>(at(target, i), load<f32>(at(target, i)) + load<f32>(at(sums, i)));
    sums += 32;
    offsets += 4;
  }
}

/** One image from its planes. Pixels that no window reached are zeros. */
export function weave(
  planes: usize, lines: i32, pitch: i32, image: usize, rows: i32, columns: i32, channels: i32, top: i32, left: i32, strideHeight: i32,
  strideWidth: i32,
): void {
  const classes = strideHeight * strideWidth;
  if (channels * strideWidth == 1 && left + columns <= pitch) {
    // The planes are rows of the image already.
    for (let row = 0; row < rows; row++) {
      const line = (row + top) / strideHeight, plane = planes + at(0, ((row + top) % strideHeight) * lines * pitch + line * pitch + left);
      if (line < lines) memory.copy(at(image, row * columns), plane, at(0, columns));
      else memory.fill(at(image, row * columns), 0, at(0, columns));
    }
    return;
  }
  for (let row = 0; row < rows; row++) {
    const line = (row + top) / strideHeight, rowClass = ((row + top) % strideHeight) * strideWidth;
    for (let channel = 0; channel < channels; channel++) {
      const plane = planes + at(0, (channel * classes + rowClass) * lines * pitch + line * pitch);
      let target = image + at(0, row * columns * channels + channel);
      let place = left / strideWidth, columnClass = left % strideWidth;
      for (let column = 0; column < columns; column++) {
        const reached = line < lines && place < pitch;
        store<f32>(target, reached ? load<f32>(plane + at(0, columnClass * lines * pitch + place)) : 0);
        target += at(0, channels);
        if (++columnClass == strideWidth) { columnClass = 0; place++; }
      }
    }
  }
}
