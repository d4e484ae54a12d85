/**
 * Pools of NHWC images and their gradients, in two dimensions: which pixels each window has, cut off at the edges of the image.
 * What is done with a window is in pool-windows.ts and pool-window-gradients.ts.
 */
import { passToAllOfFour, passToAllOfSixteen, passToMaximumOfFour, passToMaximumOfSixteen } from './pool-window-gradients';
import { maximumOfFour, maximumOfSixteen, meanOfFour, meanOfSixteen, positionsOfFour } from './pool-windows';

export * from './pool-windows';
export * from './pool-window-gradients';

/** `kind` of a pool: the maximum (0), the mean of the pixels inside the image (1), the maximum and its position (2). */
const MEAN: i32 = 1;
const POSITIONS: i32 = 2;

/**
 * The windows of the rows [from, to) of the output, counted through all images. `positions` (for that kind alone) are indices of
 * elements of the image, or of the whole batch where `wholeBatch` is 1.
 */
export function pool(
  kind: i32, input: usize, output: usize, positions: usize, wholeBatch: i32,
  height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32, windowHeight: i32, windowWidth: i32,
  strideHeight: i32, strideWidth: i32, top: i32, left: i32, from: i32, to: i32,
): void {
  const pixel = (<usize>channels) << 2, row = pixel * width;
  for (let item = from; item < to; item++) {
    const image = item / outHeight, above = (item - image * outHeight) * strideHeight - top;
    const firstRow = max(above, 0), rows = max(min(above + windowHeight, height) - firstRow, 0);
    const source = input + ((<usize>image) * height + firstRow) * row;
    const firstPixel = ((wholeBatch ? image * height : 0) + firstRow) * width;
    let target = (<usize>item) * outWidth * pixel;
    for (let column = 0, before = -left; column < outWidth; column++, before += strideWidth, target += pixel) {
      const firstColumn = max(before, 0), columns = max(min(before + windowWidth, width) - firstColumn, 0);
      const corner = source + (<usize>firstColumn) * pixel;
      if (kind != POSITIONS) {
        poolChannels(kind, corner, output + target, rows, columns, row, pixel);
        continue;
      }
      let first = (firstPixel + firstColumn) * channels;
      for (let byte: usize = 0; byte < pixel; byte += 16, first += 4) {
        const bytes = min<usize>(pixel - byte, 16), at = target + byte;
        positionsOfFour(corner + byte, output + at, positions + at, rows, columns, width, channels, first, bytes);
      }
    }
  }
}

/** All channels of a window. */
export function poolChannels(kind: i32, source: usize, target: usize, rows: i32, columns: i32, row: usize, pixel: usize): void {
  let byte: usize = 0;
  for (; byte + 64 <= pixel; byte += 64) {
    if (kind == MEAN) meanOfSixteen(source + byte, target + byte, rows, columns, row, pixel);
    else maximumOfSixteen(source + byte, target + byte, rows, columns, row, pixel);
  }
  for (; byte < pixel; byte += 16) {
    const bytes = min<usize>(pixel - byte, 16);
    if (kind == MEAN) meanOfFour(source + byte, target + byte, rows, columns, row, pixel, bytes);
    else maximumOfFour(source + byte, target + byte, rows, columns, row, pixel, bytes);
  }
}

/**
 * The gradient of the pixels of the images [from, to); by images, because windows that overlap write to the same pixels. Clears
 * each row of pixels just before the first window reaches it, while it is near. `input` and `output`, those of the pool, are read
 * for the maximum alone; `upstream` is the gradient of the output.
 */
export function poolGradient(
  kind: i32, input: usize, output: usize, upstream: usize, gradient: usize,
  height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32, windowHeight: i32, windowWidth: i32,
  strideHeight: i32, strideWidth: i32, top: i32, left: i32, from: i32, to: i32,
): void {
  const pixel = (<usize>channels) << 2, row = pixel * width;
  for (let image = from; image < to; image++) {
    const ofImage = (<usize>image) * height * row;
    let target = (<usize>image) * outHeight * outWidth * pixel, cleared = 0;
    for (let outRow = 0; outRow < outHeight; outRow++) {
      const above = outRow * strideHeight - top;
      const firstRow = max(above, 0), rows = max(min(above + windowHeight, height) - firstRow, 0);
      if (rows > 0 && firstRow + rows > cleared) {
        memory.fill(gradient + ofImage + (<usize>cleared) * row, 0, (<usize>(firstRow + rows - cleared)) * row);
        cleared = firstRow + rows;
      }
      const source = ofImage + (<usize>firstRow) * row;
      for (let column = 0, before = -left; column < outWidth; column++, before += strideWidth, target += pixel) {
        const firstColumn = max(before, 0), columns = max(min(before + windowWidth, width) - firstColumn, 0);
        const corner = source + (<usize>firstColumn) * pixel;
        if (kind == MEAN) passMeanOn(upstream + target, gradient + corner, rows, columns, row, pixel);
        else passMaximumOn(input + corner, output + target, upstream + target, gradient + corner, rows, columns, row, pixel);
      }
    }
    memory.fill(gradient + ofImage + (<usize>cleared) * row, 0, (<usize>(height - cleared)) * row);
  }
}

/** From one window to its pixels, all channels. */
export function passMeanOn(upstream: usize, gradient: usize, rows: i32, columns: i32, row: usize, pixel: usize): void {
  let byte: usize = 0;
  for (; byte + 64 <= pixel; byte += 64) passToAllOfSixteen(upstream + byte, gradient + byte, rows, columns, row, pixel);
  for (; byte < pixel; byte += 16) {
    passToAllOfFour(upstream + byte, gradient + byte, rows, columns, row, pixel, min<usize>(pixel - byte, 16));
  }
}

export function passMaximumOn(
  source: usize, maximum: usize, upstream: usize, gradient: usize, rows: i32, columns: i32, row: usize, pixel: usize,
): void {
  let byte: usize = 0;
  for (; byte + 64 <= pixel; byte += 64) {
    passToMaximumOfSixteen(source + byte, maximum + byte, upstream + byte, gradient + byte, rows, columns, row, pixel);
  }
  for (; byte < pixel; byte += 16) {
    const bytes = min<usize>(pixel - byte, 16);
    passToMaximumOfFour(source + byte, maximum + byte, upstream + byte, gradient + byte, rows, columns, row, pixel, bytes);
  }
}
