/** Images of the gallery as PNG, 8 bits a channel, pixel by pixel as the model sees them. */
import { type Bounds, expected } from '@groundstate/core';
import { PNG } from 'pngjs';

/** Grey or colour; a vector counts as an image of one row, a matrix as one of one channel. */
export type Canvas = { readonly height: number; readonly width: number; readonly channels: 1 | 3 };

export function canvasOf(shape: readonly number[]): Canvas {
  const [height = 1, width = 1, channels = 1] = shape.length === 1 ? [1, ...shape] : shape;
  if (shape.length === 0 || shape.length > 3 || (channels !== 1 && channels !== 3)) {
    throw expected('audit', 'model.inputShape', 'that of an image of one or three channels', [...shape]);
  }
  return { height, width, channels };
}

/** The bounds become black and white. */
export function imagePicture(pixels: Float32Array, canvas: Canvas, [lower, upper]: Bounds): Buffer {
  return encode(
    pixels.map((value) => (255 * (value - lower)) / (upper - lower)),
    canvas,
  );
}

/** About mid-grey: no change is 128, the largest 1 or 255. In l2 no component reaches the budget, which would show next to nothing. */
export function perturbationPicture(delta: Float32Array, canvas: Canvas): Buffer {
  const scale = delta.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
  return encode(
    delta.map((value) => 128 + (127 * value) / scale),
    canvas,
  );
}

function encode(levels: Float32Array, { height, width, channels }: Canvas): Buffer {
  // Rounds half to even, and holds values within 0 .. 255.
  const data = Buffer.from(Uint8ClampedArray.from(levels));
  const colorType = channels === 1 ? (0 as const) : (2 as const);
  const options = { width, height, colorType, inputColorType: colorType, inputHasAlpha: false, bitDepth: 8 as const };
  return PNG.sync.write(Object.assign(new PNG(options), { data }), options);
}
