/**
 * How operands are walked when a result is written front to back: broadcast ones, tiled ones and cut ones alike are strides over
 * the result's shape. Axes that belong together become one, so that most calls come down to one or two long lines.
 */
import { sizeOf } from './heap';

export interface Layout {
  readonly shape: readonly number[];
  /** For each operand how many elements a step along each axis is; 0 where the operand is repeated. */
  readonly strides: readonly (readonly number[])[];
}

/** The strides of a contiguous tensor. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** The strides of an operand of a broadcast: right-aligned, and 0 along axes that it lacks or has once. */
export function broadcastStrides(operand: readonly number[], shape: readonly number[]): number[] {
  const own = stridesOf(operand);
  const missing = shape.length - operand.length;
  return shape.map((_, axis) => (axis < missing || operand[axis - missing] === 1 ? 0 : own[axis - missing]!));
}

/** The same walk with as few axes as possible: those of length 1 left out, neighbours joined where every operand steps evenly. */
export function joinAxes({ shape, strides }: Layout): Layout {
  const lengths: number[] = [];
  const steps: number[][] = strides.map(() => []);
  shape.forEach((length, axis) => {
    if (length === 1) return;
    const continues = lengths.length > 0 && strides.every((own, operand) => steps[operand]!.at(-1) === own[axis]! * length);
    if (continues) lengths.push(lengths.pop()! * length);
    else lengths.push(length);
    strides.forEach((own, operand) => {
      if (continues) steps[operand]!.pop();
      steps[operand]!.push(own[axis]!);
    });
  });
  return { shape: lengths, strides: steps };
}
