/**
 * Draws one shape or texture in colour, 32 x 32: of any size, place and direction, lighter or darker than what is behind it, under uneven
 * light, behind a bar that hides some of it, with grain.
 */
import { type Cover, canvasLength, colourOf, develop, everywhere, inside, lay, type Paint, unevenLight } from '../drawing/canvas';
import { type Traits, traitsOf } from '../drawing/traits';
import { anyTurn, turnOf } from '../drawing/turn';
import { wave } from '../drawing/wave';
import { cross, disc, ring, type Silhouette, square, star, triangle } from './silhouettes';
import { checkerboard, dots, stripes, type Texture, waves } from './textures';

/** Uniform numbers in [0, 1) that one picture takes. */
export const shapeTraitCount = 72;

/** What is drawn, by label. */
export const shapeNames: readonly string[] = [
  ...['disc', 'ring', 'square', 'triangle', 'cross', 'star'],
  ...['stripes', 'checkerboard', 'dots', 'waves'],
];

const silhouettes: readonly Silhouette[] = [disc, ring, square, triangle, cross, star];
const textures: readonly Texture[] = [stripes, checkerboard, dots, waves];

/** Reused between pictures, as drawing is synchronous. */
const canvas = new Float64Array(canvasLength);

/**
 * @param label 0 .. 9, as in `shapeNames`.
 * @param values `shapeTraitCount` uniform numbers in [0, 1): everything about the picture but its grain.
 * @param grain `canvasGrain` uniform numbers in [0, 1).
 * @param pixels Where the bytes go, channels last.
 */
export function drawShape(label: number, values: Float32Array, grain: Float32Array, pixels: Uint8Array): void {
  const traits = traitsOf(values);
  const { ground, ink } = paints(traits);
  const softness = traits.between(0.9, 1.8);
  const roughness = traits.between(0.01, 0.07);
  const silhouette = silhouettes[label];
  const cover = silhouette ? shapeCover(silhouette, softness, traits) : textureCover(textures[label - silhouettes.length]!, traits);
  lay(canvas, ground, everywhere);
  lay(canvas, ink, cover);
  for (let bars = traits.choice(3); bars > 0; bars--) layBar(softness, traits);
  develop(canvas, grain, roughness, pixels);
}

/** Two paints of luminances that differ by 0.3 at least where light is even, the ink lighter in half of all cases. */
function paints(traits: Traits): { ground: Paint; ink: Paint } {
  const contrast = traits.between(0.34, 0.6);
  const darker = traits.between(0.12, 0.88 - contrast);
  const inkIsLighter = traits.chance(0.5);
  const paintOf = (luminance: number, unevenness: number): Paint => ({
    colour: colourOf(luminance, traits.around(0, 0.4), traits.around(0, 0.4)),
    light: unevenLight(traits, unevenness),
  });
  return {
    ground: paintOf(inkIsLighter ? darker : darker + contrast, 0.2),
    ink: paintOf(inkIsLighter ? darker + contrast : darker, 0.08),
  };
}

function shapeCover(silhouette: Silhouette, softness: number, traits: Traits): Cover {
  const { cosine, sine } = turnOf(traits.around(0, 0.25));
  const [sizeX, sizeY] = sizesOf(traits.between(8, 12), traits.between(0.87, 1.15));
  const [centreX, centreY] = [traits.around(0, 4), traits.around(0, 4)];
  const scale = Math.min(sizeX, sizeY);
  return (x, y) => {
    const [u, v] = [x - centreX, y - centreY];
    return inside(scale * silhouette((cosine * u + sine * v) / sizeX, (cosine * v - sine * u) / sizeY), softness);
  };
}

const sizesOf = (size: number, stretch: number): [number, number] => [size * stretch, size / stretch];

/** The texture within a patch whose rim is not round and not sharp. */
function textureCover(texture: Texture, traits: Traits): Cover {
  const upright = turnOf(traits.around(0, 0.25));
  const { cosine, sine } = traits.chance(0.5) ? upright : { cosine: -upright.sine, sine: upright.cosine };
  const period = traits.between(5.5, 8.5);
  const sharpness = period / traits.between(1.2, 2);
  const [phaseX, phaseY] = [traits.between(0, 1), traits.between(0, 1)];
  const [radiusX, radiusY] = [traits.between(11, 17), traits.between(11, 17)];
  const [centreX, centreY] = [traits.around(0, 3), traits.around(0, 3)];
  const [dent, dentPhase] = [traits.between(0, 0.16), traits.between(0, 1)];
  return (x, y) => {
    const [u, v] = [(x - centreX) / radiusX, (y - centreY) / radiusY];
    const rim = Math.sqrt(u * u + v * v) - 1 + dent * wave(0.7 * (u - v) + dentPhase);
    const patch = Math.min(1, inside(rim * 10, 4));
    if (patch <= 0) return 0;
    return patch * texture((cosine * x + sine * y) / period + phaseX, (cosine * y - sine * x) / period + phaseY, sharpness);
  };
}

/** A straight bar from beyond the rim across some of the picture. */
function layBar(softness: number, traits: Traits): void {
  const { cosine, sine } = anyTurn(traits);
  const [offset, end, radius] = [traits.between(-9, 9), traits.between(-4, 10), traits.between(0.8, 2)];
  const paint: Paint = { colour: colourOf(traits.between(0.1, 0.9), traits.around(0, 0.4), traits.around(0, 0.4)) };
  lay(canvas, paint, (x, y) => {
    const [along, across] = [cosine * x + sine * y, cosine * y - sine * x];
    const past = Math.max(0, end - along);
    return inside(Math.sqrt(past * past + (across - offset) * (across - offset)) - radius, softness);
  });
}
