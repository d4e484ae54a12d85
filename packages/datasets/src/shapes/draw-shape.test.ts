import { describe, expect, it } from 'vitest';
import { canvasGrain, canvasLength } from '../drawing/canvas';
import { drawShape, shapeNames, shapeTraitCount } from './draw-shape';

const grain = new Float32Array(canvasGrain).fill(0.5);
const drawn = (label: number, traits: Float32Array): Uint8Array => {
  const pixels = new Uint8Array(canvasLength);
  drawShape(label, traits, grain, pixels);
  return pixels;
};
const labelOf = (name: string): number => shapeNames.indexOf(name);

/** Upright, in the middle, nothing in front: all numbers half, save the very last that are taken, how many bars. */
function upright(name: string): (x: number, y: number) => boolean {
  const traits = new Float32Array(shapeTraitCount).fill(0.5);
  // contrast, luminance, polarity, paints of 2 x 2 colours and 8 lights each, softness, roughness, then 2 turn, 2 size, 4 place.
  traits[3 + 24 + 2 + 8] = 0;
  const pixels = drawn(labelOf(name), traits);
  const lightAt = (x: number, y: number): number => pixels[3 * (Math.floor(16 + y) * 32 + Math.floor(16 + x)) + 1]!;
  const ground = lightAt(-15, -15);
  return (x, y) => Math.abs(lightAt(x, y) - ground) > 40;
}

describe('drawShape', () => {
  it('draws the shapes that the labels name', () => {
    // Size 10 pixels. Middle; half way up; up and to the right beyond the edge of a disc but not of a square; right.
    const signs = (name: string): boolean[] => {
      const ink = upright(name);
      return [ink(0, 0), ink(0, -6.5), ink(7.2, -7.2), ink(7, 0), ink(4.5, -4.5), ink(6.5, 4.5)];
    };
    expect(signs('disc')).toEqual([true, true, false, true, true, true]);
    expect(signs('ring')).toEqual([false, true, false, true, true, true]);
    expect(signs('square')).toEqual([true, true, true, true, true, true]);
    expect(signs('triangle')).toEqual([true, true, false, false, false, true]);
    expect(signs('cross')).toEqual([true, true, false, true, false, false]);
    expect(signs('star')).toEqual([true, true, false, false, false, false]);
  });

  it('does the same whatever was drawn before', () => {
    const traits = Float32Array.from({ length: shapeTraitCount }, (_, i) => ((i * 37) % 101) / 101);
    const first = drawn(3, traits);
    const between = drawn(8, new Float32Array(shapeTraitCount));
    expect(Buffer.compare(drawn(3, traits), first)).toBe(0);
    expect(Buffer.compare(between, first)).not.toBe(0);
  });

  it('has numbers enough for the most extreme pictures, which stay readable', () => {
    for (let label = 0; label < 10; label++) {
      for (const extreme of [0, 0.3, 0.7, 1 - 2 ** -24]) {
        const green = drawn(label, new Float32Array(shapeTraitCount).fill(extreme)).filter((_, i) => i % 3 === 1);
        expect(Math.max(...green) - Math.min(...green)).toBeGreaterThan(60);
      }
    }
  });
});
