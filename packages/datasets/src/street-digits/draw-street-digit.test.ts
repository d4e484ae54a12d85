import { describe, expect, it } from 'vitest';
import { canvasGrain, canvasLength } from '../drawing/canvas';
import { drawStreetDigit, streetTraitCount } from './draw-street-digit';

const grain = new Float32Array(canvasGrain).fill(0.5);
const drawn = (digit: number, traits: Float32Array): Uint8Array => {
  const pixels = new Uint8Array(canvasLength);
  drawStreetDigit(digit, traits, grain, pixels);
  return pixels;
};
const filled = (value: number): Float32Array => new Float32Array(streetTraitCount).fill(value);

/** How far the green of a column goes from its lightest to its darkest, by default around the middle of the picture's height. */
function range(pixels: Uint8Array, column: number, row = 9, rows = 14): number {
  const green = Array.from({ length: rows }, (_, i) => pixels[3 * ((row + i) * 32 + column) + 1]!);
  return Math.max(...green) - Math.min(...green);
}
const rangeOf = (pixels: Uint8Array, columns: readonly number[]): number => Math.max(...columns.map((column) => range(pixels, column)));

describe('drawStreetDigit', () => {
  it('draws the digit alone in the middle where chance leaves its neighbours out, and between them where it does not', () => {
    // Neighbours come where a number is below 0.7; rim and shadow where one is below 0.4 and 0.25, which none is here.
    for (let digit = 0; digit < 10; digit++) {
      const alone = drawn(digit, filled(0.75));
      expect(rangeOf(alone, [13, 14, 15, 16, 17, 18, 19])).toBeGreaterThan(60);
      expect(rangeOf(alone, [0, 1, 2, 29, 30, 31])).toBeLessThan(45);
      const among = drawn(digit, filled(0.69));
      expect(rangeOf(among, [0, 1, 2, 3, 4, 5])).toBeGreaterThan(60);
      expect(rangeOf(among, [26, 27, 28, 29, 30, 31])).toBeGreaterThan(60);
    }
  });

  it('leaves ground between the digit and its neighbours', () => {
    // All numbers half: upright, under even light, a neighbour on both sides.
    for (let digit = 0; digit < 10; digit++) {
      const pixels = drawn(digit, filled(0.5));
      const ink = Array.from({ length: 32 }, (_, column) => range(pixels, column, 0, 32));
      for (const gap of [ink.slice(6, 15), ink.slice(17, 26)]) expect(Math.min(...gap)).toBeLessThan(0.25 * Math.max(...ink));
      // In three places: on the left, in the middle and on the right.
      for (const place of [ink.slice(0, 6), ink.slice(12, 20), ink.slice(26)])
        expect(Math.max(...place)).toBeGreaterThan(0.8 * Math.max(...ink));
    }
  });

  it('draws another picture in the middle for every label, and the same beside it', () => {
    const pictures = Array.from({ length: 10 }, (_, digit) => drawn(digit, filled(0.75)));
    expect(new Set(pictures.map((pixels) => pixels.join())).size).toBe(10);
    for (const column of [0, 1, 30, 31]) {
      const columns = pictures.map((pixels) => Array.from({ length: 32 }, (_, row) => pixels[3 * (row * 32 + column)]).join());
      expect(new Set(columns).size).toBe(1);
    }
  });

  it('does the same whatever was drawn before', () => {
    const traits = Float32Array.from({ length: streetTraitCount }, (_, i) => ((i * 37) % 101) / 101);
    const first = drawn(3, traits);
    const between = drawn(8, filled(0));
    expect(Buffer.compare(drawn(3, traits), first)).toBe(0);
    expect(Buffer.compare(between, first)).not.toBe(0);
  });

  it('has numbers enough for the most extreme pictures, and ink in all of them', () => {
    for (let digit = 0; digit < 10; digit++) {
      for (const extreme of [0, 0.2, 0.39, 0.69, 0.99, 1 - 2 ** -24]) {
        expect(rangeOf(drawn(digit, filled(extreme)), [13, 14, 15, 16, 17, 18, 19])).toBeGreaterThan(20);
      }
    }
  });
});
