/** The textures, as how much of the ink there is at a point: 0 none, 1 all, in between at the edges. One period is 1 long. */
import { wave } from '../drawing/wave';

/** @param sharpness Of the edges: the slope of the ink there. */
export type Texture = (x: number, y: number, sharpness: number) => number;

const limited = (value: number): number => Math.min(1, Math.max(0, value));

/** Straight bands. */
export const stripes: Texture = (x, _, sharpness) => limited(0.5 + 0.25 * sharpness * wave(x));

/** Squares, one in two of them inked. */
export const checkerboard: Texture = (x, y, sharpness) => {
  const [across, along] = [wave(0.65 * x), wave(0.65 * y)];
  // The nearer of the two edges, so that both are equally sharp.
  const nearer = Math.min(Math.abs(across), Math.abs(along));
  return limited(0.5 + 0.38 * sharpness * (across * along >= 0 ? nearer : -nearer));
};

/** Round dots, each row moved by half a period. */
export const dots: Texture = (x, y, sharpness) => {
  const row = Math.floor(y);
  const shifted = x + 0.5 * (row - 2 * Math.floor(row / 2));
  const [u, v] = [shifted - Math.floor(shifted) - 0.5, y - row - 0.5];
  return limited(0.5 + sharpness * (0.28 - Math.sqrt(u * u + v * v)));
};

/** Bands that wind. */
export const waves: Texture = (x, y, sharpness) => limited(0.5 + 0.25 * sharpness * wave(x + 0.5 * wave(0.42 * y)));
