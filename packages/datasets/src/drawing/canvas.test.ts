import { describe, expect, it } from 'vitest';
import { blur } from './blur';
import { canvasGrain, canvasLength, canvasSide, colourOf, develop, everywhere, inside, lay, unevenLight } from './canvas';
import { traitsOf } from './traits';

const developed = (canvas: Float64Array, grain = new Float32Array(canvasGrain), roughness = 0): Uint8Array => {
  const pixels = new Uint8Array(canvasLength);
  develop(canvas, grain, roughness, pixels);
  return pixels;
};

describe('colourOf', () => {
  it('has the luminance that was asked for, and so much more red and blue', () => {
    const [red, green, blue] = colourOf(0.4, 0.2, -0.1);
    expect(0.299 * red + 0.587 * green + 0.114 * blue).toBeCloseTo(0.4, 14);
    expect([red, blue]).toEqual([0.6000000000000001, 0.30000000000000004]);
    expect(colourOf(0.5, 0, 0)).toEqual([0.5, 0.5, 0.5]);
  });
});

describe('unevenLight', () => {
  it('stays within its height for the most extreme traits', () => {
    for (const extreme of [0, 0.25, 0.5, 0.75, 1 - 2 ** -24]) {
      const light = unevenLight(traitsOf(new Float32Array(8).fill(extreme)), 0.2);
      for (const x of [-15.5, 0, 15.5]) for (const y of [-15.5, 0, 15.5]) expect(Math.abs(light(x, y))).toBeLessThanOrEqual(0.2);
    }
  });
});

describe('lay', () => {
  it('covers what is below as far as the cover says, around a middle between the pixels', () => {
    const canvas = new Float64Array(canvasLength).fill(Number.NaN);
    lay(canvas, { colour: [0, 0.5, 1] }, everywhere);
    lay(canvas, { colour: [1, 1, 0], light: (x) => 0.1 * x }, (x, y, index) =>
      y === -15.5 ? (index < 2 ? 0.25 : 0) : x === 15.5 ? 7 : -7,
    );
    // First row: a quarter of [1, 1, 0] and of the light there, -1.55 and -1.45.
    for (const [i, value] of [0.25 * -0.55, 0.5 + 0.25 * (-0.55 - 0.5), 1 + 0.25 * (-1.55 - 1), 0.25 * -0.45].entries()) {
      expect(canvas[i]).toBeCloseTo(value, 14);
    }
    expect([...canvas.subarray(6, 9)]).toEqual([0, 0.5, 1]);
    const last = 3 * (2 * canvasSide - 1);
    for (const [i, value] of [2.55, 2.55, 1.55].entries()) expect(canvas[last + i]).toBeCloseTo(value, 14);
  });

  it('makes an edge as wide as its softness', () => {
    expect([inside(-1, 2), inside(0, 2), inside(0.5, 2), inside(1, 2)]).toEqual([1, 0.5, 0.25, 0]);
  });
});

describe('develop', () => {
  it('rounds to bytes and stops at black and white', () => {
    const canvas = new Float64Array(canvasLength);
    canvas.set([-0.2, 0.5, 1.3, 100.4 / 255, 100.6 / 255]);
    expect([...developed(canvas).subarray(0, 6)]).toEqual([0, 128, 255, 100, 101, 0]);
  });

  it('takes the grain of the three colours from the lower, middle and upper bits of one number', () => {
    const canvas = new Float64Array(canvasLength).fill(0.5);
    const grain = new Float32Array(canvasGrain);
    grain[0] = (255 + 0 * 256 + 255 * 65536) / 2 ** 24;
    grain[1] = (0 + 255 * 256) / 2 ** 24;
    // 127.5 up or down by a fifth of 255, 51, and rounded up from the half.
    expect([...developed(canvas, grain, 0.2).subarray(0, 6)]).toEqual([179, 77, 179, 77, 179, 77]);
  });
});

describe('blur', () => {
  it('spreads a point to its neighbours of the same colour, and leaves what is even', () => {
    const canvas = new Float64Array(canvasLength);
    const at = (row: number, column: number, channel: number): number => canvas[3 * (row * canvasSide + column) + channel]!;
    canvas[3 * (10 * canvasSide + 20) + 1] = 1;
    blur(canvas, 0.25, 1);
    expect([at(10, 20, 1), at(10, 19, 1), at(9, 20, 1), at(11, 21, 1), at(10, 22, 1)]).toEqual([0.25, 0.125, 0.125, 0.0625, 0]);
    expect([at(10, 20, 0), at(10, 20, 2)]).toEqual([0, 0]);
    expect(canvas.reduce((sum, value) => sum + value, 0)).toBe(1);
    const even = new Float64Array(canvasLength).fill(0.3);
    blur(even, 0.28, 3);
    expect(even.every((value) => Math.abs(value - 0.3) < 1e-15)).toBe(true);
  });

  it('has more of the same beyond the rim, and blurs again as often as it is told', () => {
    const canvas = new Float64Array(canvasLength);
    canvas[0] = 1;
    blur(canvas, 0.25, 1);
    // Along each axis the corner keeps 3/4 and gives 1/4.
    expect([canvas[0], canvas[3], canvas[3 * canvasSide]]).toEqual([0.5625, 0.1875, 0.1875]);
    const twice = new Float64Array(canvasLength);
    twice[0] = 1;
    blur(twice, 0.25, 2);
    blur(canvas, 0.25, 1);
    expect(twice).toEqual(canvas);
  });
});
