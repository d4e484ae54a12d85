import { type Glyph, maximumPoints, type Stroke } from './digit-glyphs';

/** The way of the pen: points in order. Where `joined[i]` is 0, the pen is lifted on its way to point i. */
export interface PenPath {
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  readonly joined: Uint8Array;
  count: number;
}

/** Steps between neighbouring control points. */
const stepsPerSpan = 5;

/** An empty path with room for any glyph; one is enough for all digits, as drawing is synchronous. */
export function penPath(): PenPath {
  const room = maximumPoints * stepsPerSpan;
  return { xs: new Float64Array(room), ys: new Float64Array(room), joined: new Uint8Array(room), count: 0 };
}

/** Follows the strokes of a glyph whose control points are each moved by `tremble`. */
export function traceGlyph(glyph: Glyph, tremble: () => number, path: PenPath): void {
  path.count = 0;
  let lastX = -1;
  let lastY = -1;
  for (const { kind, points } of glyph) {
    const moved = points.map((value) => value + tremble());
    // A stroke that starts where the last one ended still does.
    if (points[0] === lastX && points[1] === lastY) {
      moved[0] = path.xs[path.count - 1]!;
      moved[1] = path.ys[path.count - 1]!;
    }
    lastX = points[points.length - 2]!;
    lastY = points[points.length - 1]!;
    const spans = points.length / 2 - 1;
    const at: At = (index, axis) => moved[2 * Math.min(spans, Math.max(0, index)) + axis]!;
    add(path, at(0, 0), at(0, 1), 0);
    for (let span = 0; span < spans; span++) {
      for (let step = 1; step <= stepsPerSpan; step++) {
        const t = step / stepsPerSpan;
        add(path, interpolate(kind, at, span, t, 0), interpolate(kind, at, span, t, 1), 1);
      }
    }
  }
}

type Axis = 0 | 1;
type At = (index: number, axis: Axis) => number;

function add(path: PenPath, x: number, y: number, joined: 0 | 1): void {
  path.xs[path.count] = x;
  path.ys[path.count] = y;
  path.joined[path.count++] = joined;
}

/** Catmull-Rom through four neighbours for a curve, the straight line between two otherwise. */
function interpolate(kind: Stroke['kind'], at: At, span: number, t: number, axis: Axis): number {
  const b = at(span, axis);
  const c = at(span + 1, axis);
  if (kind === 'line') return b + t * (c - b);
  const a = at(span - 1, axis);
  const d = at(span + 2, axis);
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}
