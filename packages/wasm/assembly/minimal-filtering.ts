/**
 * Convolutions with fewer multiplications. A row of windows of `width` taps, m outputs at a time, needs n = m + width - 1 products instead
 * of m width (minimal filtering, F(m, width)): evaluate the taps and the inputs as polynomials at n points, multiply point by point, and
 * read the outputs off. With 5 taps and n = 8 that is 2 products an output instead of 5, with 3 taps 1.33 instead of 3.
 *
 *     input row     . d0 d1 d2 d3 d4 d5 d6 d7 . . .     8 numbers of each channel ...
 *                        |  transform (B)
 *     planes        V0 V1 ... V7                        ... give one number in each of 8 planes. In a plane a window is one column wide and
 *                        |  8 products (convolveBand)   `height` rows high, so the sums over rows and channels are matrix products.
 *     sums          M0 M1 ... M7
 *                        |  transform (A)
 *     output row    y0 y1 y2 y3                         4 pixels of each output channel (width 5)
 *
 * Points: 0, 1, -1, 2, -2, infinity (n = 6), and 1/2, -1/2 as well (n = 8): powers of two, which float32 multiplies exactly. The error is
 * about twice that of plain sums: 1 to 3e-6 of the largest output. Numbers that are not finite, or so large that a transform might
 * overflow, must go the plain way: what one window reads would leak into its neighbours.
 *
 * Source: "Fast algorithms for convolutional neural networks", A. Lavin, S. Gray, 2015 (arXiv 1509.09308), here along rows only; the
 * algorithms: S. Winograd, "Arithmetic complexity of computations", SIAM 1980.
 */
import { convolveBand, convolutionScratch, rowsRead } from './convolution';
import { FINISH, storeRow } from './epilogue';
import { addBand, filterGradientScratch } from './filter-gradient';
import { padImage } from './image';
import { blockDepth } from './product';
import { TILE_COLUMNS, TILE_ROWS } from './tile';
import { at, multiplyAdd } from './vector';

/** What the planes and sums of a band may take, so that they stay in the second cache; one row is always taken. */
const BAND_BYTES: usize = 640 * 1024;

/** The bits of 2^44 as a float. */
const TWO_TO_44: i32 = 0x55800000;

/** Outputs that come out of `points` products. */
// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
function outputsOf(points: i32, width: i32): i32 {
  return points + 1 - width;
}

/** How many points serve rows of `columns` outputs and windows `width` wide best; 0 where plain sums do. */
export function minimalPoints(columns: i32, width: i32): i32 {
  if (width < 3 || width > 7) return 0;
  const plain = columns * width;
  const six = width > 5 ? plain : 6 * ((columns + 6 - width) / (7 - width));
  const eight = 8 * ((columns + 8 - width) / (9 - width));
  // The transforms have their price.
  if (min(six, eight) * 4 > plain * 3) return 0;
  return eight < six ? 8 : 6;
}

/**
 * Whether all of `count` numbers are finite and below 2^44. Of such numbers no product overflows: the transforms of input, filter and output
 * multiply by less than 2^4, 2 and 2^7, and that leaves room for sums of 2^24 products.
 */
export function allModerate(address: usize, count: i32): bool {
  // Compared as integers: NaN and infinities have larger exponents.
  const limit = i32x4.splat(TWO_TO_44), magnitude = i32x4.splat(0x7fffffff);
  let found = i32x4.splat(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    found = v128.or(found, i32x4.ge_s(v128.and(v128.load(address), magnitude), limit));
    address += 16;
  }
  if (v128.any_true(found)) return false;
  for (; i < count; i++) {
    if ((load<i32>(address) & 0x7fffffff) >= TWO_TO_44) return false;
    address += 4;
  }
  return true;
}

// ---- the filter ----

/** Bytes of the packed filter: one for each point. */
export function packedMinimalFilterBytes(points: i32, height: i32, channels: i32, columns: i32): usize {
  return at(0, points * height * channels * ((columns + 7) & ~7)) + 64;
}

/**
 * Packs a filter [height][width][channels][columns] for `convolveMinimally`: for each point p the taps of every kernel row as a polynomial,
 * (sum over q of p^q w_q) / product over the other points of (p - other). Turned, it is the filter of the input gradient: both axes
 * reversed, and `channels`, `columns` are the output and input channels of the filter [height][width][columns][channels].
 */
export function packMinimalFilter(
  points: i32, filter: usize, height: i32, width: i32, channels: i32, columns: i32, turned: i32, packed: usize,
): void {
  const length = height * channels, depth = blockDepth(length), packedColumns = (columns + 7) & ~7;
  const plane = at(0, length * packedColumns);
  for (let k = 0; k < length; k++) {
    const row = k / channels, channel = k % channels;
    const block = k / depth, inBlock = k - block * depth, blockLength = min(depth, length - block * depth);
    for (let column = 0; column < packedColumns; column++) {
      const target = at(packed, block * depth * packedColumns + (column & ~7) * blockLength + inBlock * TILE_COLUMNS + (column & 7));
      if (column >= columns) {
        for (let p = 0; p < points; p++) store<f32>(target + <usize>p * plane, 0);
        continue;
      }
      let first: f32 = 0, last: f32 = 0;
      let even1: f32 = 0, odd1: f32 = 0, even2: f32 = 0, odd2: f32 = 0, even3: f32 = 0, odd3: f32 = 0;
      let power: f32 = 1, inverse: f32 = 1;
      for (let q = 0; q < width; q++) {
        const tap = turned
          ? load<f32>(at(filter, (((height - 1 - row) * width + width - 1 - q) * columns + column) * channels + channel))
          : load<f32>(at(filter, ((row * width + q) * channels + channel) * columns + column));
        if (q == 0) first = tap;
        if (q == width - 1) last = tap;
        if (q & 1) { odd1 += tap; odd2 += power * tap; odd3 += inverse * tap; }
        else { even1 += tap; even2 += power * tap; even3 += inverse * tap; }
        power *= 2;
        inverse *= 0.5;
      }
      if (points == 8) {
        store<f32>(target, -first);
        storePair(target + plane, plane, even1, odd1, <f32>(-2.0 / 9.0));
        storePair(target + 3 * plane, plane, even2, odd2, <f32>(1.0 / 90.0));
        storePair(target + 5 * plane, plane, even3, odd3, <f32>(32.0 / 45.0));
        store<f32>(target + 7 * plane, last);
      } else {
        store<f32>(target, <f32>0.25 * first);
        storePair(target + plane, plane, even1, odd1, <f32>(-1.0 / 6.0));
        storePair(target + 3 * plane, plane, even2, odd2, <f32>(1.0 / 24.0));
        store<f32>(target + 5 * plane, last);
      }
    }
  }
}

/** The values at p and -p, of the even and the odd part. */
// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
function storePair(target: usize, plane: usize, even: f32, odd: f32, factor: f32): void {
  store<f32>(target, factor * (even + odd));
  store<f32>(target + plane, factor * (even - odd));
}

// ---- the input ----

/** B for eight points, on four channels: eight numbers in, one for each plane out, `plane` bytes apart. */
export function transformEight(from: usize, step: usize, target: usize, plane: usize): void {
  const d0 = v128.load(from), d1 = v128.load(from + step), d2 = v128.load(from + 2 * step), d3 = v128.load(from + 3 * step);
  const d4 = v128.load(from + 4 * step), d5 = v128.load(from + 5 * step), d6 = v128.load(from + 6 * step), d7 = v128.load(from + 7 * step);
  // -d0 + 21/4 (d2 - d4) + d6, and the same of the odd ones.
  v128.store(target, multiplyAdd(f32x4.sub(d2, d4), f32x4.splat(5.25), f32x4.sub(d6, d0)));
  // At 1 and -1: even and odd part.
  const even1 = multiplyAdd(d4, f32x4.splat(-4.25), f32x4.add(d2, d6));
  const odd1 = multiplyAdd(d3, f32x4.splat(-4.25), f32x4.add(d1, d5));
  v128.store(target + plane, f32x4.add(even1, odd1));
  v128.store(target + 2 * plane, f32x4.sub(even1, odd1));
  // At 2 and -2.
  const even2 = multiplyAdd(d2, f32x4.splat(0.25), multiplyAdd(d4, f32x4.splat(-1.25), d6));
  const odd2 = multiplyAdd(d1, f32x4.splat(0.5), multiplyAdd(d3, f32x4.splat(-2.5), f32x4.add(d5, d5)));
  v128.store(target + 3 * plane, f32x4.add(even2, odd2));
  v128.store(target + 4 * plane, f32x4.sub(even2, odd2));
  // At 1/2 and -1/2.
  const even3 = multiplyAdd(d2, f32x4.splat(4), multiplyAdd(d4, f32x4.splat(-5), d6));
  const odd3 = multiplyAdd(d5, f32x4.splat(0.5), multiplyAdd(d3, f32x4.splat(-2.5), f32x4.add(d1, d1)));
  v128.store(target + 5 * plane, f32x4.add(even3, odd3));
  v128.store(target + 6 * plane, f32x4.sub(even3, odd3));
  v128.store(target + 7 * plane, multiplyAdd(f32x4.sub(d3, d5), f32x4.splat(5.25), f32x4.sub(d7, d1)));
}

/** The same for six points. */
export function transformSix(from: usize, step: usize, target: usize, plane: usize): void {
  const d0 = v128.load(from), d1 = v128.load(from + step), d2 = v128.load(from + 2 * step), d3 = v128.load(from + 3 * step);
  const d4 = v128.load(from + 4 * step), d5 = v128.load(from + 5 * step);
  v128.store(target, multiplyAdd(d0, f32x4.splat(4), multiplyAdd(d2, f32x4.splat(-5), d4)));
  const even1 = multiplyAdd(d2, f32x4.splat(-4), d4), odd1 = multiplyAdd(d1, f32x4.splat(-4), d3);
  v128.store(target + plane, f32x4.add(even1, odd1));
  v128.store(target + 2 * plane, f32x4.sub(even1, odd1));
  const even2 = f32x4.sub(d4, d2), half = f32x4.sub(d3, d1), odd2 = f32x4.add(half, half);
  v128.store(target + 3 * plane, f32x4.add(even2, odd2));
  v128.store(target + 4 * plane, f32x4.sub(even2, odd2));
  v128.store(target + 5 * plane, multiplyAdd(d1, f32x4.splat(4), multiplyAdd(d3, f32x4.splat(-5), d5)));
}

/** Rows of a padded image, `rows` of `columns` pixels, into planes [rows][tiles][channels]. There are at least four channels. */
export function transformRows(
  points: i32, from: usize, rows: i32, columns: i32, channels: i32, tiles: i32, outputs: i32, planes: usize, plane: usize,
): void {
  const step = at(0, channels), last = channels - 4;
  for (let row = 0; row < rows; row++) {
    for (let tile = 0; tile < tiles; tile++) {
      const source = at(from, (row * columns + tile * outputs) * channels), target = at(planes, (row * tiles + tile) * channels);
      for (let channel = 0; channel < channels; channel += 4) {
        // The last four overlap the ones before where they must: the same numbers, written twice.
        const c = min(channel, last);
        if (points == 8) transformEight(at(source, c), step, at(target, c), plane);
        else transformSix(at(source, c), step, at(target, c), plane);
      }
    }
  }
}

// ---- the output ----

/**
 * A: output k of m is the sum over the points of p^k times their sums (of infinity: the last output alone). Stores the outputs that exist,
 * `count` of them, `columns` channels each.
 */
export function readOff(
  points: i32, sums: usize, plane: usize, outputs: i32, count: i32, columns: i32, target: usize, bias: usize, activation: i32, slope: f32,
  scratch: usize,
): void {
  for (let column = 0; column < columns; column += 4) {
    const width = min(4, columns - column), from = at(sums, column);
    const a1 = v128.load(from + plane), b1 = v128.load(from + 2 * plane), a2 = v128.load(from + 3 * plane), b2 = v128.load(from + 4 * plane);
    const even1 = f32x4.add(a1, b1), odd1 = f32x4.sub(a1, b1);
    let even2 = f32x4.add(a2, b2), odd2 = f32x4.sub(a2, b2), even3 = f32x4.splat(0), odd3 = f32x4.splat(0);
    let last: v128;
    if (points == 8) {
      const a3 = v128.load(from + 5 * plane), b3 = v128.load(from + 6 * plane);
      even3 = f32x4.add(a3, b3);
      odd3 = f32x4.sub(a3, b3);
      last = v128.load(from + 7 * plane);
    } else last = v128.load(from + 5 * plane);
    let power = f32x4.splat(1), inverse = f32x4.splat(1);
    for (let k = 0; k < count; k++) {
      let value = k & 1
        ? multiplyAdd(inverse, odd3, multiplyAdd(power, odd2, odd1))
        : multiplyAdd(inverse, even3, multiplyAdd(power, even2, even1));
      if (k == 0) value = f32x4.add(value, v128.load(from));
      if (k == outputs - 1) value = f32x4.add(value, last);
      power = f32x4.add(power, power);
      inverse = f32x4.mul(inverse, f32x4.splat(0.5));
      if (width == 4 && bias == 0 && activation == 0) v128.store(at(target, k * columns + column), value);
      else {
        v128.store(scratch, value);
        storeRow(scratch, at(target, k * columns + column), width, FINISH, bias ? at(bias, column) : 0, activation, slope);
      }
    }
  }
}

// ---- bands ----

/** Bytes of the planes and sums that `rows` output rows of an image need. */
// @ts-expect-error: see above
@inline
function bandBytes(
  points: i32, rows: i32, strideHeight: i32, height: i32, tiles: i32, paddedColumns: i32, channels: i32, columns: i32,
): usize {
  const read = rowsRead(rows, strideHeight, height);
  return at(0, read * (paddedColumns + points * tiles) * channels + points * rows * tiles * columns) + 256;
}

// @ts-expect-error: see above
@inline
function rowsOfBand(
  points: i32, outputRows: i32, strideHeight: i32, height: i32, tiles: i32, paddedColumns: i32, channels: i32, columns: i32,
): i32 {
  let rows = outputRows;
  while (rows > 1 && bandBytes(points, rows, strideHeight, height, tiles, paddedColumns, channels, columns) > BAND_BYTES) rows = (rows + 1) >> 1;
  return rows;
}

/** Bytes that one thread works in. */
export function minimalScratch(
  points: i32, outputColumns: i32, strideHeight: i32, height: i32, width: i32, channels: i32, columns: i32,
): usize {
  const outputs = outputsOf(points, width), tiles = (outputColumns + outputs - 1) / outputs, paddedColumns = tiles * outputs + width - 1;
  const row = bandBytes(points, 1, strideHeight, height, tiles, paddedColumns, channels, columns);
  return max(convolutionScratch(0), filterGradientScratch(0, columns)) + max(BAND_BYTES, row) + 1024;
}

/**
 * Rows [`from`, `to`) of a convolution at a horizontal stride of 1; the arguments are as for `convolve`, `filter` is of `packMinimalFilter`.
 * The output is [images][outputRows][outputColumns][columns].
 */
export function convolveMinimally(
  points: i32, from: i32, to: i32, input: usize, rows: i32, inputColumns: i32, channels: i32, top: i32, left: i32,
  outputRows: i32, outputColumns: i32, strideHeight: i32, height: i32, width: i32, filter: usize, columns: i32, output: usize,
  bias: usize, activation: i32, slope: f32, scratch: usize,
): void {
  const outputs = outputsOf(points, width), tiles = (outputColumns + outputs - 1) / outputs, paddedColumns = tiles * outputs + width - 1;
  const most = rowsOfBand(points, outputRows, strideHeight, height, tiles, paddedColumns, channels, columns);
  const imagesMost = most == outputRows
    ? max(1, <i32>(BAND_BYTES / bandBytes(points, outputRows, strideHeight, height, tiles, paddedColumns, channels, columns)))
    : 1;
  const small = scratch + convolutionScratch(0), length = height * channels, filterPlane = at(0, length * ((columns + 7) & ~7));
  while (from < to) {
    const image = from / outputRows, first = from % outputRows;
    const whole = first == 0 && most == outputRows ? min((to - from) / outputRows, imagesMost) : 0;
    const images = max(whole, 1), bandRows = whole > 0 ? outputRows : min(min(outputRows - first, to - from), most);
    const read = rowsRead(bandRows, strideHeight, height);
    const padded = small + 64, planes = (padded + at(0, images * read * paddedColumns * channels) + 63) & ~63;
    const plane = at(0, images * read * tiles * channels), sums = (planes + <usize>points * plane + 63) & ~63;
    const sumsPlane = at(0, images * bandRows * tiles * columns);
    for (let i = 0; i < images; i++) {
      padImage(
        at(input, (image + i) * rows * inputColumns * channels), rows, inputColumns, channels,
        at(padded, i * read * paddedColumns * channels), read, paddedColumns, first * strideHeight - top, left,
      );
    }
    transformRows(points, padded, images * read, paddedColumns, channels, tiles, outputs, planes, plane);
    for (let p = 0; p < points; p++) {
      convolveBand(
        planes + <usize>p * plane, read, tiles, channels, images, 0, 0, bandRows, tiles, strideHeight, 1, height, 1,
        filter + <usize>p * filterPlane, columns, sums + <usize>p * sumsPlane, bandRows, tiles, 0, 1, 0, 1, 0, 0, 0, scratch,
      );
    }
    for (let row = 0; row < images * bandRows; row++) {
      for (let tile = 0; tile < tiles; tile++) {
        const pixel = (image * outputRows + first + row) * outputColumns + tile * outputs;
        readOff(
          points, at(sums, (row * tiles + tile) * columns), sumsPlane, outputs, min(outputs, outputColumns - tile * outputs), columns,
          at(output, pixel * columns), bias, activation, slope, small,
        );
      }
    }
    from += images * bandRows;
  }
}

// ---- the gradient for the filter ----

/** Bytes of the gradient at each point, which all threads share. */
export function minimalGradientBytes(points: i32, height: i32, channels: i32, columns: i32): usize {
  return at(0, points * height * channels * columns) + 64;
}

/**
 * The transpose of A, on rows of the gradient: pixels [tile outputs, ...) of each row of `dy` into planes [rows][tiles][columns].
 * There are at least four columns.
 */
export function spreadRows(
  points: i32, dy: usize, rows: i32, outputColumns: i32, columns: i32, tiles: i32, outputs: i32, planes: usize, plane: usize,
): void {
  const lastColumn = columns - 4;
  for (let row = 0; row < rows; row++) {
    for (let tile = 0; tile < tiles; tile++) {
      const count = min(outputs, outputColumns - tile * outputs);
      const source = at(dy, (row * outputColumns + tile * outputs) * columns), target = at(planes, (row * tiles + tile) * columns);
      for (let column = 0; column < columns; column += 4) {
        const c = min(column, lastColumn);
        spread(points, at(source, c), at(0, columns), count, outputs, at(target, c), plane);
      }
    }
  }
}

export function spread(points: i32, from: usize, step: usize, count: i32, outputs: i32, target: usize, plane: usize): void {
  const zero = f32x4.splat(0);
  let even1 = zero, odd1 = zero, even2 = zero, odd2 = zero, even3 = zero, odd3 = zero, last = zero;
  let power = f32x4.splat(1), inverse = power;
  v128.store(target, v128.load(from));
  for (let k = 0; k < count; k++) {
    const value = v128.load(from);
    if (k & 1) {
      odd1 = f32x4.add(odd1, value);
      odd2 = multiplyAdd(power, value, odd2);
      odd3 = multiplyAdd(inverse, value, odd3);
    } else {
      even1 = f32x4.add(even1, value);
      even2 = multiplyAdd(power, value, even2);
      even3 = multiplyAdd(inverse, value, even3);
    }
    if (k == outputs - 1) last = value;
    power = f32x4.add(power, power);
    inverse = f32x4.mul(inverse, f32x4.splat(0.5));
    from += step;
  }
  v128.store(target + plane, f32x4.add(even1, odd1));
  v128.store(target + 2 * plane, f32x4.sub(even1, odd1));
  v128.store(target + 3 * plane, f32x4.add(even2, odd2));
  v128.store(target + 4 * plane, f32x4.sub(even2, odd2));
  if (points == 8) {
    v128.store(target + 5 * plane, f32x4.add(even3, odd3));
    v128.store(target + 6 * plane, f32x4.sub(even3, odd3));
    v128.store(target + 7 * plane, last);
  } else v128.store(target + 5 * plane, last);
}

/**
 * Tiles [`fromTile`, `toTile`) (see filterTiles, of `channels` taps a row) of the gradient for the filter, at a horizontal stride of 1;
 * otherwise as `filterGradient`. `shared` is of minimalGradientBytes: each thread writes the rows of its tiles there, and nothing else.
 */
export function filterGradientMinimally(
  points: i32, fromTile: i32, toTile: i32, images: i32, input: usize, rows: i32, inputColumns: i32, channels: i32, top: i32, left: i32,
  dy: usize, outputRows: i32, outputColumns: i32, strideHeight: i32, height: i32, width: i32, columns: i32, gradient: usize,
  shared: usize, scratch: usize,
): void {
  const outputs = outputsOf(points, width), tiles = (outputColumns + outputs - 1) / outputs, paddedColumns = tiles * outputs + width - 1;
  const most = rowsOfBand(points, outputRows, strideHeight, height, tiles, paddedColumns, channels, columns);
  const imagesMost = most == outputRows
    ? max(1, <i32>(BAND_BYTES / bandBytes(points, outputRows, strideHeight, height, tiles, paddedColumns, channels, columns)))
    : 1;
  const small = scratch + filterGradientScratch(0, columns), gradientPlane = at(0, height * channels * columns);
  let done = false;
  for (let line = 0; line < images * outputRows; ) {
    const image = line / outputRows, first = line % outputRows;
    const count = most == outputRows ? min(images - image, imagesMost) : 1, bandRows = min(outputRows - first, most);
    const read = rowsRead(bandRows, strideHeight, height);
    const padded = small + 64, planes = (padded + at(0, count * read * paddedColumns * channels) + 63) & ~63;
    const plane = at(0, count * read * tiles * channels), slopes = (planes + <usize>points * plane + 63) & ~63;
    const slopesPlane = at(0, count * bandRows * tiles * columns);
    for (let i = 0; i < count; i++) {
      padImage(
        at(input, (image + i) * rows * inputColumns * channels), rows, inputColumns, channels,
        at(padded, i * read * paddedColumns * channels), read, paddedColumns, first * strideHeight - top, left,
      );
    }
    transformRows(points, padded, count * read, paddedColumns, channels, tiles, outputs, planes, plane);
    spreadRows(points, at(dy, line * outputColumns * columns), count * bandRows, outputColumns, columns, tiles, outputs, slopes, slopesPlane);
    for (let p = 0; p < points; p++) {
      addBand(
        fromTile, toTile, planes + <usize>p * plane, read, tiles, channels, count, bandRows, slopes + <usize>p * slopesPlane, tiles,
        strideHeight, 1, height, 1, columns, shared + <usize>p * gradientPlane, done, scratch,
      );
    }
    done = true;
    line += count * bandRows;
  }
  const tilesOfRow = (channels + TILE_ROWS - 1) / TILE_ROWS;
  for (let tile = fromTile; tile < toTile; tile++) {
    const row = tile / tilesOfRow, begin = (tile % tilesOfRow) * TILE_ROWS, end = min(channels, begin + TILE_ROWS);
    for (let channel = begin; channel < end; channel++) {
      gatherTaps(points, at(shared, (row * channels + channel) * columns), gradientPlane, width, columns, gradient, row, channel, channels);
    }
  }
}

/** The transpose of the filter's transform: the gradients at the points, of one kernel row and channel, as gradients of its taps. */
export function gatherTaps(
  points: i32, from: usize, plane: usize, width: i32, columns: i32, gradient: usize, row: i32, channel: i32, channels: i32,
): void {
  for (let column = 0; column < columns; column++) {
    const source = at(from, column);
    const a1 = load<f32>(source + plane), b1 = load<f32>(source + 2 * plane), a2 = load<f32>(source + 3 * plane), b2 = load<f32>(source + 4 * plane);
    const eight = points == 8;
    const a3: f32 = eight ? load<f32>(source + 5 * plane) : 0, b3: f32 = eight ? load<f32>(source + 6 * plane) : 0;
    const c1: f32 = eight ? <f32>(-2.0 / 9.0) : <f32>(-1.0 / 6.0), c2: f32 = eight ? <f32>(1.0 / 90.0) : <f32>(1.0 / 24.0);
    let power = c2, inverse: f32 = <f32>(32.0 / 45.0);
    for (let q = 0; q < width; q++) {
      let value: f32 = q & 1 ? c1 * (a1 - b1) + power * (a2 - b2) + inverse * (a3 - b3) : c1 * (a1 + b1) + power * (a2 + b2) + inverse * (a3 + b3);
      if (q == 0) value += (eight ? <f32>-1 : <f32>0.25) * load<f32>(source);
      if (q == width - 1) value += load<f32>(source + <usize>(points - 1) * plane);
      store<f32>(at(gradient, ((row * width + q) * channels + channel) * columns + column), value);
      power *= 2;
      inverse *= 0.5;
    }
  }
}
