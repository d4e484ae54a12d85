import { describe, expect, it } from 'vitest';
import { traitsOf } from './traits';
import { anyTurn, turnOf } from './turn';

describe('turnOf', () => {
  it('is the rotation whose half angle has the tangent', () => {
    for (const angle of [-1.2, -0.1, 0, 0.3, Math.PI / 2]) {
      const { cosine, sine } = turnOf(Math.tan(angle / 2));
      expect(cosine).toBeCloseTo(Math.cos(angle), 14);
      expect(sine).toBeCloseTo(Math.sin(angle), 14);
    }
  });
});

describe('anyTurn', () => {
  it('reaches every direction, an eighth of a circle to both sides of each quarter', () => {
    const angles: number[] = [];
    for (const quarter of [0, 0.25, 0.5, 0.75]) {
      for (const within of [0, 0.5, 1]) {
        const { cosine, sine } = anyTurn(traitsOf(Float32Array.of(within, quarter)));
        expect(cosine * cosine + sine * sine).toBeCloseTo(1, 14);
        angles.push((Math.round((Math.atan2(sine, cosine) * 180) / Math.PI) + 360) % 360);
      }
    }
    expect(angles).toEqual([315, 0, 45, 45, 90, 135, 135, 180, 225, 225, 270, 315]);
  });
});
