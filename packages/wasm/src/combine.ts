/** Runs the compiled `combine` over operands of any strides: the road of everything pointwise that repeats an operand. */
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, sizeOf, type WasmBackend } from './heap';
import { COMBINE_SCRATCH, OPERATIONS, type Operation, PIECE } from './module/functions/broadcast';
import type { Team } from './module/team';
import { joinAxes, type Layout } from './strided';

export interface Operand {
  readonly tensor: TensorInfo;
  /** Along each axis of the result, in elements; 0 where it is repeated. */
  readonly strides: readonly number[];
  /** Where it begins. @default 0 */
  readonly firstElement?: number;
}

/** Rows that are shorter are written out many times, so that loops are long. What is written out has room in COMBINE_SCRATCH. */
const SHORT_ROW = 64;
/** Elements that are worth a share of their own. */
const SHARE = 8192;

/** The bytes of an element on the heap; 0 for types that are not numbers there. */
export function bytesOf(dtype: DataType): number {
  return dtype === 'float32' || dtype === 'int32' ? 4 : dtype === 'bool' ? 1 : 0;
}

/** `operation` of one or two operands of the same type. */
export function combine(
  backend: WasmBackend,
  team: Team,
  operation: Operation,
  operands: readonly [Operand] | readonly [Operand, Operand],
  shape: readonly number[],
  dtype: DataType,
): TensorInfo {
  const output = backend.makeOutput([...shape], dtype);
  if (sizeOf(shape) === 0) return output;
  const size = bytesOf(operands[0].tensor.dtype);
  const layout = linesOf(joinAxes({ shape, strides: operands.map(({ strides }) => strides) }));
  const { run, periods, outer } = layout;
  const [lines, planes] = [outer.shape.at(-1) ?? 1, outer.shape.at(-2) ?? 1];
  const pieces = lines * planes * Math.ceil(run / PIECE);
  const walks = operands.map(({ tensor, firstElement = 0 }, operand) => {
    const strides = outer.strides[operand]!;
    return {
      address: addressOf(backend, tensor) + firstElement * size,
      strides: strides.slice(0, -2),
      numbers: [strides.at(-2) ?? 0, strides.at(-1) ?? 0, periods[operand]!],
    };
  });
  // A copy has one operand; the other is never read.
  const [a, b = { ...walks[0]!, numbers: [0, 0, run] }] = walks as [(typeof walks)[number], (typeof walks)[number]?];
  const resultSize = bytesOf(dtype);
  const blockBytes = planes * lines * run * resultSize;
  const scratch = team.scratch.take(team.threads * COMBINE_SCRATCH);
  const address = addressOf(backend, output);
  forEachIndex(outer.shape.slice(0, -2), (index, block) => {
    const start = ({ address, strides }: (typeof walks)[number]): number =>
      strides.reduce((sum, stride, axis) => sum + stride * index[axis]! * size, address);
    const [aStart, bStart] = [start(a), start(b)];
    team.run('combine', pieces, Math.ceil(SHARE / run), (from, to, thread) => [
      OPERATIONS[operation],
      from,
      to,
      lines,
      run,
      size,
      resultSize,
      aStart,
      ...a.numbers,
      bStart,
      ...b.numbers,
      address + block * blockBytes,
      scratch + thread * COMBINE_SCRATCH,
    ]);
  });
  return output;
}

interface Lines {
  /** Elements of a line. */
  readonly run: number;
  /** After how many elements of a line each operand begins anew: `run` or, for a repeated row or number, fewer. */
  readonly periods: readonly number[];
  /** The axes above. */
  readonly outer: Layout;
}

/** Cuts the innermost axis, or the two innermost where a short row is repeated along the second, off as lines. */
function linesOf({ shape, strides }: Layout): Lines {
  const run = shape.at(-1) ?? 1;
  const steps = strides.map((own) => own.at(-1) ?? 1);
  const upTo = (end: number): Layout => ({ shape: shape.slice(0, end), strides: strides.map((own) => own.slice(0, end)) });
  if (steps.some((step) => step > 1)) return { run: 1, periods: strides.map(() => 1), outer: { shape, strides } };
  const rows = shape.at(-2);
  const foldable = strides.every((own, operand) => {
    const step = own.at(-2);
    return steps[operand] === 0 ? step === 0 : step === 0 || step === run;
  });
  if (rows === undefined || run >= SHORT_ROW || !foldable) {
    return { run, periods: steps.map((step) => (step === 0 ? 1 : run)), outer: upTo(-1) };
  }
  const periods = strides.map((own, operand) => (steps[operand] === 0 ? 1 : own.at(-2) === 0 ? run : run * rows));
  return { run: run * rows, periods, outer: upTo(-2) };
}

/** Every index of a shape in order, with its number. */
function forEachIndex(shape: readonly number[], visit: (index: readonly number[], number: number) => void): void {
  const index = shape.map(() => 0);
  for (let number = 0; number < sizeOf(shape); number++) {
    visit(index, number);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
}
