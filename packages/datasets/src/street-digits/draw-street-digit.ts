/**
 * Draws one digit of a house number in colour, 32 x 32, with what stands left and right of it: strokes of an even pen, on a plate under uneven
 * light, sometimes with a shadow behind the digits and a rim across the picture, blurred, with grain. The label is the digit in the middle.
 */
import { digitGlyphs, maximumPoints } from '../digits/digit-glyphs';
import { inkPath } from '../digits/ink-path';
import { type PenPath, penPath, traceGlyph } from '../digits/trace-glyph';
import { blur } from '../drawing/blur';
import { type Cover, canvasLength, canvasSide, colourOf, develop, everywhere, inside, lay, middle, unevenLight } from '../drawing/canvas';
import { type Traits, traitsOf } from '../drawing/traits';
import { turnOf } from '../drawing/turn';

/** Numbers about the picture as a whole; those that move the control points of three digits follow. */
const generalTraits = 64;

/** Uniform numbers in [0, 1) that one picture takes. */
export const streetTraitCount: number = generalTraits + 3 * 2 * maximumPoints;

/** How all digits of a number are written. In pixels, save `narrowness` and `slant`, which are shares of the height. */
interface Hand {
  readonly height: number;
  readonly narrowness: number;
  readonly slant: number;
  readonly tremble: number;
}

/** Reused between pictures, as drawing is synchronous. */
const canvas = new Float64Array(canvasLength);
const path = penPath();
const stroke = new Float64Array(canvasSide * canvasSide);
const number = new Float64Array(canvasSide * canvasSide);

/**
 * @param digit 0 .. 9.
 * @param values `streetTraitCount` uniform numbers in [0, 1): everything about the picture but its grain.
 * @param grain `canvasGrain` uniform numbers in [0, 1).
 * @param pixels Where the bytes go, channels last.
 */
export function drawStreetDigit(digit: number, values: Float32Array, grain: Float32Array, pixels: Uint8Array): void {
  const traits = traitsOf(values.subarray(0, generalTraits));
  const points = traitsOf(values.subarray(generalTraits));
  const softness = traits.between(0.5, 1);
  writeNumber(digit, softness, traits, points);
  const contrast = traits.between(0.24, 0.6);
  const darker = traits.between(0.1, 0.9 - contrast);
  const inkIsLighter = traits.chance(0.5);
  // One light falls on all of it, so that the digit stands out everywhere.
  const light = unevenLight(traits, 0.2);
  const colour = (luminance: number, strength: number) => colourOf(luminance, traits.around(0, strength), traits.around(0, strength));
  const ground = { colour: colour(inkIsLighter ? darker : darker + contrast, 0.22), light };
  const ink = { colour: colour(inkIsLighter ? darker + contrast : darker, 0.22), light };
  lay(canvas, ground, everywhere);
  layRim(light, traits);
  if (traits.chance(0.25)) layShadow(darker + 0.3 * contrast, softness, traits);
  lay(canvas, ink, covered(softness, 0));
  blur(canvas, traits.between(0, 0.28), 2);
  develop(canvas, grain, traits.between(0.005, 0.06), pixels);
}

/** Fills `number` with how far inside the ink each pixel is: the digit in the middle and, often, one on its left and one on its right. */
function writeNumber(digit: number, softness: number, traits: Traits, points: Traits): void {
  const height = traits.around(20, 4);
  const hand: Hand = { height, narrowness: traits.between(0.5, 0.72), slant: traits.around(0.03, 0.16), tremble: traits.between(0, 0.025) };
  const radius = height * traits.between(0.06, 0.115);
  const turn = turnOf(traits.around(0, 0.07));
  const [shiftX, shiftY] = [traits.around(0, 2), traits.around(0, 2)];
  number.fill(-softness);
  const write = (which: number, place: (left: number, right: number) => number): { left: number; right: number } => {
    const glyphs = digitGlyphs[which]!;
    traceGlyph(glyphs[traits.choice(glyphs.length)]!, () => points.between(-hand.tremble, hand.tremble), path);
    const edges = extend(hand, path);
    const offset = place(edges.left, edges.right);
    for (let i = 0; i < path.count; i++) {
      const [x, y] = [path.xs[i]! + offset, path.ys[i]!];
      path.xs[i] = middle + shiftX + turn.cosine * x - turn.sine * y;
      path.ys[i] = middle + shiftY + turn.sine * x + turn.cosine * y;
    }
    inkPath(path, () => radius, -softness, stroke, canvasSide);
    for (let i = 0; i < number.length; i++) number[i] = Math.max(number[i]!, stroke[i]!);
    return { left: edges.left + offset, right: edges.right + offset };
  };
  const own = write(digit, (left, right) => -(left + right) / 2);
  const gap = 2 * radius + traits.between(0.04, 0.2) * height;
  if (traits.chance(0.7)) write(traits.choice(10), (_, right) => own.left - gap - right);
  if (traits.chance(0.7)) write(traits.choice(10), (left) => own.right + gap - left);
}

/** Brings a path from the unit box to the height of the hand, from its top to its foot; and says how far it reaches left and right. */
function extend({ height, narrowness, slant }: Hand, { xs, ys, count }: PenPath): { left: number; right: number } {
  let [top, foot] = [Infinity, -Infinity];
  for (let i = 0; i < count; i++) [top, foot] = [Math.min(top, ys[i]!), Math.max(foot, ys[i]!)];
  let [left, right] = [Infinity, -Infinity];
  for (let i = 0; i < count; i++) {
    const y = (ys[i]! - top) / (foot - top) - 0.5;
    ys[i] = height * y;
    xs[i] = height * (narrowness * (xs[i]! - 0.5) - slant * y);
    [left, right] = [Math.min(left, xs[i]!), Math.max(right, xs[i]!)];
  }
  return { left, right };
}

/** The number, moved by so many pixels of the canvas in reading order. */
const covered =
  (softness: number, moved: number): Cover =>
  (_x, _y, index) =>
    ((number[index - moved] ?? -softness) + softness) / (2 * softness);

/** Another colour beyond a line above or below the digits, as where a plate ends. */
function layRim(light: (x: number, y: number) => number, traits: Traits): void {
  const [isThere, side, distance, lean] = [
    traits.chance(0.4),
    traits.chance(0.5) ? 1 : -1,
    traits.between(11, 16),
    traits.between(-0.12, 0.12),
  ];
  const colour = colourOf(traits.between(0.1, 0.9), traits.around(0, 0.25), traits.around(0, 0.25));
  if (isThere) lay(canvas, { colour, light }, (x, y) => inside(distance - side * (y + lean * x), 1.5));
}

/** A darker number behind the number. */
function layShadow(luminance: number, softness: number, traits: Traits): void {
  const moved = canvasSide * traits.choice(2) + traits.choice(2);
  lay(canvas, { colour: colourOf(0.4 * luminance, 0, 0) }, (x, y, index) => 0.7 * covered(softness, moved)(x, y, index));
}
