/**
 * Sum, Mean and Max of float32 over neighbouring axes: all of them, the leading ones (a bias gradient), the trailing ones (a number
 * for each example) or some between (global pooling). The stock kernels transpose first, sum in one float, and leave what was in
 * memory before where there is nothing to sum. Other types and scattered axes stay with them.
 */
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, floats, sizeOf, type WasmBackend } from '../heap';
import type { Team } from '../module/team';
import { MOST_SUMS, rowBlocks } from '../row-blocks';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly x: TensorInfo;
}

interface Attributes {
  readonly axis?: number | number[];
  /** What Max calls its axes. */
  readonly reductionIndices?: number | number[];
  readonly keepDims: boolean;
}

/** Reducing [outer][rows][columns] over the rows. */
interface Middle {
  readonly outer: number;
  readonly rows: number;
  readonly columns: number;
}

/** Undefined where an axis that stays lies between two that go. */
function middleOf(shape: readonly number[], axes: readonly number[]): Middle | undefined {
  const going = shape.map((length, axis) => length !== 1 && axes.includes(axis));
  if (!going.includes(true)) return { outer: sizeOf(shape), rows: 1, columns: 1 };
  const [first, last] = [going.indexOf(true), going.lastIndexOf(true)];
  if (shape.some((length, axis) => axis > first && axis < last && length !== 1 && !going[axis])) return undefined;
  return {
    outer: sizeOf(shape.slice(0, first)),
    rows: sizeOf(shape.slice(first, last + 1)),
    columns: sizeOf(shape.slice(last + 1)),
  };
}

/** Elements that are worth a share of their own. */
const SHARE = 8192;

type Reduce = (backend: WasmBackend, team: Team, x: TensorInfo, output: TensorInfo, middle: Middle) => void;

function reduction(name: string, reduce: Reduce, ofNothing: number): TrainingKernel {
  return defineKernel<Inputs, Attributes>(name, (call, { stock, team }) => {
    const { inputs, attrs, backend } = call;
    const { x } = inputs;
    const axes = util.parseAxisParam((attrs.axis ?? attrs.reductionIndices)!, x.shape);
    const empty = sizeOf(x.shape) === 0;
    const middle = middleOf(x.shape, axes);
    if (x.dtype !== 'float32' || !(middle || empty)) return stock(name)(call);
    const [shape] = backend_util.computeOutAndReduceShapes([...x.shape], axes);
    const output = backend.makeOutput(attrs.keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape, 'float32');
    if (empty) floats(backend, output).fill(ofNothing);
    else reduce(backend, team, x, output, middle!);
    return output;
  });
}

const sum = (backend: WasmBackend, team: Team, x: TensorInfo, output: TensorInfo, middle: Middle, divisor: number): void => {
  const { outer, rows, columns } = middle;
  const [from, to] = [addressOf(backend, x), addressOf(backend, output)];
  const { blocks, blockRows } = rowBlocks(rows, columns);
  if (blocks === 1) {
    team.run('sumRows', outer * columns, columns > 1 ? 8 : Math.ceil(SHARE / rows), (first, last) => [
      first,
      last,
      from,
      rows,
      columns,
      divisor,
      to,
    ]);
    return;
  }
  // As many outer indices at a time as the sums of their blocks have room for.
  const together = Math.max(1, Math.floor(MOST_SUMS / (blocks * columns)));
  const address = team.scratch.take(Math.min(outer, together) * blocks * columns * Float64Array.BYTES_PER_ELEMENT);
  for (let index = 0; index < outer; index += together) {
    const count = Math.min(together, outer - index);
    const start = from + index * rows * columns * Float32Array.BYTES_PER_ELEMENT;
    team.run('sumBlocks', count * blocks, 1, (first, last) => [first, last, start, rows, columns, blocks, blockRows, address]);
    const sums = new Float64Array(backend.wasm.asm.memory.buffer, address, count * blocks * columns);
    const results = floats(backend, output);
    for (let result = 0; result < count * columns; result++) {
      const [part, column] = [Math.floor(result / columns), result % columns];
      let total = 0;
      for (let block = 0; block < blocks; block++) total += sums[(part * blocks + block) * columns + column]!;
      results[index * columns + result] = total / divisor;
    }
  }
};

const maximum: Reduce = (backend, team, x, output, { outer, rows, columns }) => {
  const [from, to] = [addressOf(backend, x), addressOf(backend, output)];
  const grain = columns > 1 ? 4 : Math.ceil(SHARE / rows);
  team.run('maximumRows', outer * columns, grain, (first, last) => [first, last, from, rows, columns, to]);
};

export const reductions: readonly TrainingKernel[] = [
  reduction('Sum', (backend, team, x, output, middle) => sum(backend, team, x, output, middle, 1), 0),
  reduction('Mean', (backend, team, x, output, middle) => sum(backend, team, x, output, middle, middle.rows), 0),
  reduction('Max', maximum, Number.NaN),
];
