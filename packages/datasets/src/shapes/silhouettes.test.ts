import { describe, expect, it } from 'vitest';
import { cross, disc, ring, square, star, triangle } from './silhouettes';

const all = { disc, ring, square, triangle, cross, star };

describe('silhouettes', () => {
  it('have the distances that geometry gives them', () => {
    expect(disc(3, 4)).toBeCloseTo(5 - 0.95, 14);
    expect([ring(0, 0.74), ring(0, 0), ring(0.6, 0.8)]).toEqual([-0.22, 0.52, expect.closeTo(0.04, 14)]);
    expect([square(0, 0), square(1, 0.3), square(0.3, -1)]).toEqual([-0.8, expect.closeTo(0.2, 14), expect.closeTo(0.2, 14)]);
    // The circle within has radius 0.56, so the corners are at 1.12: (0, -1.12) and, lower, (+-0.97, 0.56).
    for (const [x, y] of [
      [0, -1.12],
      [1.12 * Math.cos(Math.PI / 6), 0.56],
      [-1.12 * Math.cos(Math.PI / 6), 0.56],
    ] as const) {
      expect(triangle(x, y)).toBeCloseTo(0, 14);
    }
    expect([triangle(0, 0), triangle(0, 1)]).toEqual([expect.closeTo(-0.56, 14), expect.closeTo(0.44, 14)]);
    expect([cross(0, 0), cross(0.5, 0), cross(0, -1.5), cross(0.5, 0.5)]).toEqual([-0.27, -0.27, 0.5, expect.closeTo(0.23, 14)]);
  });

  it('give the star five tips at 1.15 and five notches at 0.5, straight between them', () => {
    for (let i = 0; i < 10; i++) {
      const angle = (i * Math.PI) / 5;
      const next = ((i + 1) * Math.PI) / 5;
      const [radius, other] = i % 2 === 0 ? [1.15, 0.5] : [0.5, 1.15];
      const [x, y] = [radius * Math.sin(angle), -radius * Math.cos(angle)];
      expect(star(x, y)).toBeCloseTo(0, 13);
      expect(star(1.05 * x, 1.05 * y)).toBeGreaterThan(0.005);
      expect(star(0.95 * x, 0.95 * y)).toBeLessThan(-0.005);
      const [towardsX, towardsY] = [other * Math.sin(next), -other * Math.cos(next)];
      expect(star(0.7 * x + 0.3 * towardsX, 0.7 * y + 0.3 * towardsY)).toBeCloseTo(0, 13);
    }
    // The distance of the middle from the line through a tip and the notch beside it: twice the area of the triangle by the length of its side.
    const side = Math.hypot(0.5 * Math.sin(Math.PI / 5), 0.5 * Math.cos(Math.PI / 5) - 1.15);
    expect(star(0, 0)).toBeCloseTo(-(1.15 * 0.5 * Math.sin(Math.PI / 5)) / side, 13);
  });

  it('are mirrored left and right, and no distance changes faster than the way', () => {
    for (const silhouette of Object.values(all)) {
      for (let i = 0; i < 400; i++) {
        const [x, y] = [((i * 37) % 101) / 40 - 1.25, ((i * 53) % 97) / 40 - 1.2];
        expect(silhouette(-x, y)).toBeCloseTo(silhouette(x, y), 13);
        for (const [dx, dy] of [
          [0.03, 0],
          [0.018, -0.024],
        ] as const) {
          expect(Math.abs(silhouette(x + dx, y + dy) - silhouette(x, y))).toBeLessThanOrEqual(0.03 + 1e-12);
        }
      }
    }
  });
});
