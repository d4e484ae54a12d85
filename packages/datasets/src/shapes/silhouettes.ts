/** The outlines of the shapes, as signed distances: negative inside, of a shape that reaches about 1 from the middle. */

/** How far (x, y) is outside; on straight edges exactly, around corners a little less than truly. */
export type Silhouette = (x: number, y: number) => number;

const length = (x: number, y: number): number => Math.sqrt(x * x + y * y);

/** Cosine and sine of 36 degrees, half the angle between two points of a star. */
const cosine36 = 0.8090169943749475;
const sine36 = 0.5877852522924731;
/** The same of 108 degrees. */
const cosine108 = -0.30901699437494745;
const sine108 = 0.9510565162951535;
/** Half the square root of 3: how far the sides of a triangle lean. */
const lean = 0.8660254037844386;

export const disc: Silhouette = (x, y) => length(x, y) - 0.95;

export const ring: Silhouette = (x, y) => Math.abs(length(x, y) - 0.74) - 0.22;

export const square: Silhouette = (x, y) => Math.max(Math.abs(x), Math.abs(y)) - 0.8;

/** Equal sides, one corner up; its middle is that of the circle through its corners. */
export const triangle: Silhouette = (x, y) => Math.max(y, lean * Math.abs(x) - 0.5 * y) - 0.56;

/** Two bars. */
export const cross: Silhouette = (x, y) => {
  const [longer, shorter] = [Math.max(Math.abs(x), Math.abs(y)), Math.min(Math.abs(x), Math.abs(y))];
  return Math.max(longer - 1, shorter - 0.27);
};

/** Five points, one of them up. Mirrors bring every point into the tenth of the star right of the upper tip, where one edge is left. */
export const star: Silhouette = (x, y) => {
  let [u, v] = [Math.abs(x), -y];
  [u, v] = mirrored(u, v, sine108, cosine108);
  [u, v] = mirrored(u, v, sine36, cosine36);
  u = Math.abs(u);
  // The edge from the tip (0, tip) to the notch at 36 degrees, notch away from the middle.
  const [edgeX, edgeY] = [notch * sine36, notch * cosine36 - tip];
  return (edgeX * (v - tip) - edgeY * u) / length(edgeX, edgeY);
};
const tip = 1.15;
const notch = 0.5;

/** Mirrors what lies clockwise of the line through the middle in the direction (towardsX, towardsY) to its other side. */
function mirrored(x: number, y: number, towardsX: number, towardsY: number): [number, number] {
  const beyond = x * towardsY - y * towardsX;
  return beyond <= 0 ? [x, y] : [x - 2 * beyond * towardsY, y + 2 * beyond * towardsX];
}
