import { describe, expect, it } from 'vitest';
import { digitGlyphs, maximumPoints } from './digit-glyphs';
import { drawDigit, traitCount } from './draw-digit';
import { inkPath } from './ink-path';
import { penPath, traceGlyph } from './trace-glyph';

describe('digitGlyphs', () => {
  it('has at least two ways of writing each digit, within the unit box and the number of points', () => {
    expect(digitGlyphs).toHaveLength(10);
    for (const glyphs of digitGlyphs) {
      expect(glyphs.length).toBeGreaterThanOrEqual(2);
      for (const glyph of glyphs) {
        const values = glyph.flatMap(({ points }) => points);
        expect(values.length % 2).toBe(0);
        expect(values.length / 2).toBeLessThanOrEqual(maximumPoints);
        expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
      }
    }
  });
});

describe('traceGlyph', () => {
  it('passes through the control points, and joins a stroke to the one it continues', () => {
    const path = penPath();
    const glyph = [
      { kind: 'curve', points: [0, 0, 0.5, 1, 1, 0] },
      { kind: 'line', points: [1, 0, 1, 1] },
    ] as const;
    let turn = 0;
    traceGlyph(glyph, () => 0.001 * ++turn, path);
    // Two spans of five steps and one more point; then a line of one span.
    expect(path.count).toBe(11 + 6);
    expect(path.xs[5]).toBeCloseTo(0.503, 12);
    expect(path.ys[5]).toBeCloseTo(1.004, 12);
    expect([path.xs[11], path.ys[11]]).toEqual([path.xs[10], path.ys[10]]);
    expect([path.joined[0], path.joined[1], path.joined[11]]).toEqual([0, 1, 0]);
  });
});

describe('inkPath', () => {
  it('gives the radius less the distance to the segment', () => {
    const path = penPath();
    path.xs.set([10, 14]);
    path.ys.set([10, 10]);
    path.joined.set([0, 1]);
    path.count = 2;
    const depth = new Float64Array(28 * 28);
    inkPath(path, () => 2, -1, depth);
    expect(depth[10 * 28 + 12]).toBe(2);
    expect(depth[11 * 28 + 12]).toBe(1);
    // Beyond the end by (1, 1): the distance to the end point is the square root of 2.
    expect(depth[11 * 28 + 15]).toBeCloseTo(2 - Math.SQRT2, 12);
    expect(depth[0]).toBe(-1);
  });
});

describe('drawDigit', () => {
  it('stays within the frame for the most extreme traits', () => {
    const grain = new Float32Array(784);
    const pixels = new Uint8Array(784);
    for (let digit = 0; digit < 10; digit++) {
      for (const extreme of [0, 1 - 2 ** -24]) {
        drawDigit(digit, new Float32Array(traitCount).fill(extreme), grain, pixels);
        expect(pixels.reduce((sum, byte) => sum + byte, 0)).toBeGreaterThan(2000);
      }
    }
  });

  it('does the same whatever was drawn before', () => {
    const traits = Float32Array.from({ length: traitCount }, (_, i) => ((i * 37) % 101) / 101);
    const grain = new Float32Array(784);
    const [first, between, second] = [new Uint8Array(784), new Uint8Array(784), new Uint8Array(784)];
    drawDigit(3, traits, grain, first);
    drawDigit(8, new Float32Array(traitCount), grain, between);
    drawDigit(3, traits, grain, second);
    expect(Buffer.compare(first, second)).toBe(0);
    expect(Buffer.compare(first, between)).not.toBe(0);
  });
});
