import { describe, expect, it } from 'vitest';
import { checkerboard, dots, stripes, waves } from './textures';

const all = { stripes, checkerboard, dots, waves };

/** Points all over the plane. */
const points = Array.from({ length: 500 }, (_, i) => [(i * 0.377) % 9, (i * 0.619) % 11] as const);

describe('textures', () => {
  it('are all ink or none but for the edges, and about half of each, dots a quarter', () => {
    for (const [name, texture] of Object.entries(all)) {
      const inks = points.map(([x, y]) => texture(x, y, 1e6));
      expect(inks.filter((ink) => ink > 0 && ink < 1).length).toBeLessThan(5);
      const share = inks.reduce((sum, ink) => sum + ink, 0) / inks.length;
      // A disc of radius 0.28 has 0.246 of its cell.
      expect(Math.abs(share - (name === 'dots' ? 0.246 : 0.5))).toBeLessThan(0.06);
    }
  });

  it('repeat as their names say', () => {
    for (const [x, y] of points) {
      expect(stripes(x + 1, 0, 3)).toBeCloseTo(stripes(x, y, 3), 10);
      const cell = 0.5 / 0.65;
      expect(checkerboard(x + cell, y + cell, 3)).toBeCloseTo(checkerboard(x, y, 3), 10);
      expect(checkerboard(x + cell, y, 3)).toBeCloseTo(1 - checkerboard(x, y, 3), 10);
      expect(dots(x + 0.5, y + 1, 3)).toBeCloseTo(dots(x, y, 3), 10);
      expect(waves(x + 1, y, 3)).toBeCloseTo(waves(x, y, 3), 10);
      expect(waves(x, y + 1 / 0.42, 3)).toBeCloseTo(waves(x, y, 3), 10);
    }
    // Waves wind by half a period to either side, stripes do not.
    expect(waves(0.25, 0.25 / 0.42, 1e6)).toBe(0);
    expect([waves(0.25, 0, 1e6), stripes(0.25, 0.25 / 0.42, 1e6)]).toEqual([1, 1]);
    expect([dots(0.5, 0.5, 1e6), dots(0.5, 1.5, 1e6), dots(1, 1.5, 1e6)]).toEqual([1, 0, 1]);
  });

  it('have edges that are as sharp as they are told', () => {
    // The slope of the wave where it crosses zero is 8.
    expect(stripes(0.01, 0, 2)).toBeCloseTo(0.5 + 0.25 * 2 * 8 * 0.01, 2);
    expect(dots(0.5 + 0.28 + 0.01, 0.5, 2)).toBeCloseTo(0.48, 12);
  });
});
