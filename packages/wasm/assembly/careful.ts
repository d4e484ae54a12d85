/**
 * Convolutions for numbers that are not finite. The fast ones multiply the zeros around an image with the filter (or the gradient), and zero
 * times infinity is not a number: here what falls outside of the image is left out, tap by tap. Slow, and never met in a healthy training.
 */
import { at } from './vector';

/** Whether none of `count` numbers is NaN or infinite. */
export function allFinite(address: usize, count: i32): bool {
  const infinity = i32x4.splat(0x7f800000);
  let found = i32x4.splat(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    // All bits of the exponent set.
    found = v128.or(found, i32x4.eq(v128.and(v128.load(address), infinity), infinity));
    address += 16;
  }
  if (v128.any_true(found)) return false;
  for (; i < count; i++) {
    if ((load<u32>(address) & 0x7f800000) == 0x7f800000) return false;
    address += 4;
  }
  return true;
}

/** Rows [`from`, `to`) of a convolution, image x outputRows + row; the filter is [height][width][channels][columns] as it is. */
export function convolveCarefully(
  from: i32, to: i32, input: usize, rows: i32, inputColumns: i32, channels: i32, top: i32, left: i32, outputRows: i32, outputColumns: i32,
  strideHeight: i32, strideWidth: i32, height: i32, width: i32, filter: usize, columns: i32, output: usize,
): void {
  for (let line = from; line < to; line++) {
    const source = at(input, (line / outputRows) * rows * inputColumns * channels);
    const firstRow = (line % outputRows) * strideHeight - top;
    for (let column = 0; column < outputColumns; column++) {
      const firstColumn = column * strideWidth - left;
      for (let channel = 0; channel < columns; channel++) {
        let sum: f32 = 0;
        for (let r = max(0, -firstRow); r < height && firstRow + r < rows; r++) {
          for (let c = max(0, -firstColumn); c < width && firstColumn + c < inputColumns; c++) {
            const pixel = at(source, ((firstRow + r) * inputColumns + firstColumn + c) * channels);
            const taps = at(filter, (r * width + c) * channels * columns + channel);
            for (let k = 0; k < channels; k++) sum += load<f32>(at(pixel, k)) * load<f32>(at(taps, k * columns));
          }
        }
        store<f32>(at(output, (line * outputColumns + column) * columns + channel), sum);
      }
    }
  }
}

/** Images [`from`, `to`) of the gradient for the input. */
export function inputGradientCarefully(
  from: i32, to: i32, dy: usize, outputRows: i32, outputColumns: i32, columns: i32, filter: usize, height: i32, width: i32, channels: i32,
  strideHeight: i32, strideWidth: i32, top: i32, left: i32, rows: i32, inputColumns: i32, gradient: usize,
): void {
  const size = rows * inputColumns * channels;
  for (let image = from; image < to; image++) {
    const target = at(gradient, image * size);
    memory.fill(target, 0, at(0, size));
    for (let pixel = 0; pixel < outputRows * outputColumns; pixel++) {
      const firstRow = (pixel / outputColumns) * strideHeight - top, firstColumn = (pixel % outputColumns) * strideWidth - left;
      const slopes = at(dy, (image * outputRows * outputColumns + pixel) * columns);
      for (let r = max(0, -firstRow); r < height && firstRow + r < rows; r++) {
        for (let c = max(0, -firstColumn); c < width && firstColumn + c < inputColumns; c++) {
          for (let k = 0; k < channels; k++) {
            const taps = at(filter, ((r * width + c) * channels + k) * columns);
            const place = at(target, ((firstRow + r) * inputColumns + firstColumn + c) * channels + k);
            let sum = load<f32>(place);
            for (let channel = 0; channel < columns; channel++) sum += load<f32>(at(slopes, channel)) * load<f32>(at(taps, channel));
            store<f32>(place, sum);
          }
        }
      }
    }
  }
}

/** Taps [`from`, `to`) of height x width x channels of the gradient for the filter. */
export function filterGradientCarefully(
  from: i32, to: i32, images: i32, input: usize, rows: i32, inputColumns: i32, channels: i32, top: i32, left: i32, dy: usize,
  outputRows: i32, outputColumns: i32, strideHeight: i32, strideWidth: i32, width: i32, columns: i32, gradient: usize,
): void {
  for (let tap = from; tap < to; tap++) {
    const k = tap % channels, c = (tap / channels) % width, r = tap / channels / width;
    const sums = at(gradient, tap * columns);
    memory.fill(sums, 0, at(0, columns));
    for (let line = 0; line < images * outputRows; line++) {
      const row = (line % outputRows) * strideHeight - top + r;
      if (row < 0 || row >= rows) continue;
      for (let pixel = 0; pixel < outputColumns; pixel++) {
        const column = pixel * strideWidth - left + c;
        if (column < 0 || column >= inputColumns) continue;
        const x = load<f32>(at(input, (((line / outputRows) * rows + row) * inputColumns + column) * channels + k));
        const slopes = at(dy, (line * outputColumns + pixel) * columns);
        for (let channel = 0; channel < columns; channel++) {
          store<f32>(at(sums, channel), load<f32>(at(sums, channel)) + x * load<f32>(at(slopes, channel)));
        }
      }
    }
  }
}
