/**
 * A small coloured picture in the making: layers of colour, each laid on as far as it covers, then the bytes. x and y are in pixels from the
 * middle, y downwards. As all of our drawing, it adds, multiplies, divides and takes square roots only, which are the same on every machine.
 */
import type { Traits } from './traits';
import { wave } from './wave';

/** Pixels along a side. */
export const canvasSide = 32;

const area = canvasSide * canvasSide;
/** Where x and y are 0, in columns and rows. */
export const middle: number = (canvasSide - 1) / 2;

/** Bytes of a picture. */
export const canvasLength: number = 3 * area;

/** Uniform numbers that a picture takes for its grain: one for each pixel. */
export const canvasGrain: number = area;

/** Red, green and blue; 0 is none of it, 1 all. */
export type Colour = readonly [number, number, number];

/** Paint that is not quite even: a colour in the middle, lighter or darker elsewhere. */
export interface Paint {
  readonly colour: Colour;
  /** How much lighter at (x, y). @default nowhere */
  readonly light?: (x: number, y: number) => number;
}

/** The colour of this luminance (weights 0.299, 0.587, 0.114) that has so much more red and blue than grey would. */
export function colourOf(luminance: number, red: number, blue: number): Colour {
  return [luminance + red, luminance - (0.299 * red + 0.114 * blue) / 0.587, luminance + blue];
}

/** Light that falls from a side, and soft waves across it; nowhere above `height` or below its negative. Takes 8 numbers. */
export function unevenLight(traits: Traits, height: number): (x: number, y: number) => number {
  const slope = (0.5 * height) / middle;
  const [slopeX, slopeY] = [traits.between(-0.6, 0.6) * slope, traits.between(-0.6, 0.6) * slope];
  const waves = Array.from({ length: 2 }, () => {
    const [alongX, alongY, phase] = [traits.between(-0.04, 0.04), traits.between(-0.04, 0.04), traits.between(0, 1)];
    return (x: number, y: number): number => 0.2 * height * wave(alongX * x + alongY * y + phase);
  });
  return (x, y) => slopeX * x + slopeY * y + waves[0]!(x, y) + waves[1]!(x, y);
}

/** How much of a layer is at (x, y), the pixel of this index: nothing at 0 or below, all at 1 or above. */
export type Cover = (x: number, y: number, index: number) => number;

/** Lays paint on the canvas (`[32, 32, 3]`). */
export function lay(canvas: Float64Array, { colour, light }: Paint, cover: Cover): void {
  for (let row = 0; row < canvasSide; row++) {
    for (let column = 0; column < canvasSide; column++) {
      const [x, y] = [column - middle, row - middle];
      const index = row * canvasSide + column;
      const share = Math.min(1, cover(x, y, index));
      if (share <= 0) continue;
      const lighter = light === undefined ? 0 : light(x, y);
      for (let channel = 0; channel < 3; channel++) {
        const at = 3 * index + channel;
        const below = canvas[at]!;
        const laid = colour[channel]! + lighter;
        canvas[at] = share === 1 ? laid : below + share * (laid - below);
      }
    }
  }
}

/** Everywhere, for a background. */
export const everywhere: Cover = () => 1;

/** Covers where a signed distance (negative inside) says so, with an edge that is `softness` pixels wide. */
export const inside = (distance: number, softness: number): number => 0.5 - distance / softness;

/**
 * The bytes of the picture, channels last.
 *
 * @param grain `canvasGrain` uniform numbers in [0, 1) of 24 bits, eight for each colour.
 * @param roughness What the grain changes at most.
 */
export function develop(canvas: Float64Array, grain: Float32Array, roughness: number, pixels: Uint8Array): void {
  for (let i = 0; i < area; i++) {
    const bits = grain[i]! * 2 ** 24;
    for (let channel = 0; channel < 3; channel++) {
      const level = (bits >>> (8 * channel)) & 255;
      const value = canvas[3 * i + channel]! + roughness * ((2 * level) / 255 - 1);
      pixels[3 * i + channel] = Math.floor(255 * Math.min(1, Math.max(0, value)) + 0.5);
    }
  }
}
