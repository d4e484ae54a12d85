/**
 * Draws one handwritten digit: control points that tremble, smooth curves through them, an elastic field, a slant, a turn, a fit into the
 * frame, and a soft pen whose pressure varies.
 *
 * Only additions, products, quotients and square roots, which IEEE 754 rounds exactly: the same numbers make the same bytes on
 * every machine. (Sines and `Math.hypot` differ in their last bits from engine to engine.)
 */
import { wave } from '../drawing/wave';
import { digitGlyphs, maximumPoints } from './digit-glyphs';
import { inkPath, side } from './ink-path';
import { type PenPath, penPath, traceGlyph } from './trace-glyph';

/** Numbers about the writing as a whole; those that move the control points follow. */
const generalTraits = 40;

/** Uniform numbers in [0, 1) that one digit takes. */
export const traitCount: number = generalTraits + 2 * maximumPoints;

/** Reused between digits, as drawing is synchronous. */
const path = penPath();
const depth = new Float64Array(side * side);

/**
 * @param digit 0 .. 9.
 * @param traits `traitCount` uniform numbers in [0, 1): everything about the writing.
 * @param grain `side * side` uniform numbers in [0, 1): the paper under each pixel.
 * @param pixels Where the `side * side` bytes go; 0 is paper, 255 is ink.
 */
export function drawDigit(digit: number, traits: Float32Array, grain: Float32Array, pixels: Uint8Array): void {
  let taken = 0;
  const between = (lower: number, upper: number): number => lower + (upper - lower) * traits[taken++]!;
  /** Within `reach` of the centre; two numbers, so that the middle is more frequent than the ends. */
  const around = (centre: number, reach: number): number => centre + reach * (between(-0.5, 0.5) + between(-0.5, 0.5));

  const glyphs = digitGlyphs[digit]!;
  const glyph = glyphs[Math.floor(between(0, glyphs.length))]!;
  // Unit box.
  const tremble = between(0.01, 0.055);
  const halfTurn = around(0, 0.15);
  const slant = around(0.12, 0.5);
  const narrowness = around(0.94, 0.34);
  const field = Array.from({ length: 3 }, () => ({
    alongX: between(-0.9, 0.9),
    alongY: between(-0.9, 0.9),
    phaseX: between(0, 1),
    phaseY: between(0, 1),
    reach: between(0, 0.055),
  }));
  // Pixels.
  const extent = around(18.8, 2.4);
  const shiftX = around(0, 1.8);
  const shiftY = around(0, 1.8);
  const radius = around(1.3, 0.75);
  const softness = between(0.55, 1);
  const pressure = between(0, 0.3);
  const pressurePhase = between(0, 1);
  // Levels.
  const ink = around(285, 40);
  const roughness = between(0, 0.22);

  taken = generalTraits;
  traceGlyph(glyph, () => between(-tremble, tremble), path);
  // The rotation whose half angle has this tangent, without a sine.
  const cosine = (1 - halfTurn * halfTurn) / (1 + halfTurn * halfTurn);
  const sine = (2 * halfTurn) / (1 + halfTurn * halfTurn);
  for (let i = 0; i < path.count; i++) {
    let x = path.xs[i]! - 0.5;
    let y = path.ys[i]! - 0.5;
    let pushX = 0;
    let pushY = 0;
    for (const { alongX, alongY, phaseX, phaseY, reach } of field) {
      pushX += reach * wave(alongX * x + alongY * y + phaseX);
      pushY += reach * wave(alongX * x + alongY * y + phaseY);
    }
    y += pushY;
    x = narrowness * (x + pushX) - slant * y;
    path.xs[i] = cosine * x - sine * y;
    path.ys[i] = sine * x + cosine * y;
  }
  frame(extent - 2 * radius, shiftX, shiftY, path);
  inkPath(path, (t) => radius * (1 + pressure * wave(t + pressurePhase)), -softness, depth);
  for (let i = 0; i < pixels.length; i++) {
    const t = Math.min(1, (depth[i]! + softness) / (2 * softness));
    pixels[i] = Math.floor(Math.min(255, ink * t * t * (3 - 2 * t) * (1 - roughness * grain[i]!)) + 0.5);
  }
}

/** Scales the longer side of the drawing to `extent` pixels and puts its centre of mass at the centre of the frame, as MNIST's authors did; then shifts it. */
function frame(extent: number, shiftX: number, shiftY: number, { xs, ys, joined, count }: PenPath): void {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  let [massX, massY, mass] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    left = Math.min(left, xs[i]!);
    right = Math.max(right, xs[i]!);
    top = Math.min(top, ys[i]!);
    bottom = Math.max(bottom, ys[i]!);
    if (joined[i] === 0) continue;
    const dx = xs[i]! - xs[i - 1]!;
    const dy = ys[i]! - ys[i - 1]!;
    const length = Math.sqrt(dx * dx + dy * dy);
    massX += (length * (xs[i]! + xs[i - 1]!)) / 2;
    massY += (length * (ys[i]! + ys[i - 1]!)) / 2;
    mass += length;
  }
  const scale = extent / Math.max(right - left, bottom - top);
  const centre = (side - 1) / 2;
  for (let i = 0; i < count; i++) {
    xs[i] = centre + shiftX + scale * (xs[i]! - massX / mass);
    ys[i] = centre + shiftY + scale * (ys[i]! - massY / mass);
  }
}
