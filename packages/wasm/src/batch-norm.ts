/**
 * Batch normalisation on the heap: two sums for each channel over all rows (in blocks, see row-blocks.ts), from which a few numbers
 * for each channel follow in double precision, and one pass that applies them.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, floats, sizeOf, type WasmBackend } from './heap';
import type { Team } from './module/team';
import { rowBlocks } from './row-blocks';

/** Two sums for each channel. */
export interface ChannelSums {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** Rows and channels of a tensor with the channels last. */
export function rowsOf(shape: readonly number[]): { readonly rows: number; readonly columns: number } {
  return { rows: sizeOf(shape.slice(0, -1)), columns: shape.at(-1)! };
}

/** Sum of x and sum of (x - its first row)^2. */
export function momentSums(backend: WasmBackend, team: Team, x: TensorInfo): ChannelSums {
  const address = addressOf(backend, x);
  return channelSums(backend, team, x.shape, (rows, columns, blocks, blockRows, sums) =>
    team.run('momentSums', blocks, 1, (from, to) => [from, to, address, address, rows, columns, blockRows, sums]),
  );
}

/** Sum of dy and sum of dy (x - mean). */
export function gradientSums(backend: WasmBackend, team: Team, dy: TensorInfo, x: TensorInfo, mean: TensorInfo): ChannelSums {
  const [gradient, values, middle] = [dy, x, mean].map((tensor) => addressOf(backend, tensor)) as [number, number, number];
  return channelSums(backend, team, x.shape, (rows, columns, blocks, blockRows, sums) =>
    team.run('gradientSums', blocks, 1, (from, to) => [from, to, gradient, values, middle, rows, columns, blockRows, sums]),
  );
}

function channelSums(
  backend: WasmBackend,
  team: Team,
  shape: readonly number[],
  sumBlocks: (rows: number, columns: number, blocks: number, blockRows: number, sums: number) => void,
): ChannelSums {
  const { rows, columns } = rowsOf(shape);
  const [first, second] = [new Float64Array(columns), new Float64Array(columns)];
  if (rows === 0 || columns === 0) return { first, second };
  const { blocks, blockRows } = rowBlocks(rows, 2 * columns);
  const address = team.scratch.take(blocks * 2 * columns * Float64Array.BYTES_PER_ELEMENT);
  sumBlocks(rows, columns, blocks, blockRows, address);
  const sums = new Float64Array(backend.wasm.asm.memory.buffer, address, blocks * 2 * columns);
  for (let block = 0; block < blocks; block++) {
    for (let column = 0; column < columns; column++) {
      first[column]! += sums[2 * block * columns + column]!;
      second[column]! += sums[(2 * block + 1) * columns + column]!;
    }
  }
  return { first, second };
}

/** Numbers that a vector for few channels is made long by repeating them: enough for a loop, and whole registers. */
const LONG_VECTOR = 256;
/** Elements that are worth a share of their own. */
const SHARE = 8192;

/** Runs `normalise` or `normaliseGradient` over all of `inputs`, with `vectors` of a number for each channel. */
export function applyByChannel(
  backend: WasmBackend,
  team: Team,
  name: 'normalise' | 'normaliseGradient',
  inputs: readonly TensorInfo[],
  vectors: readonly ArrayLike<number>[],
): TensorInfo {
  const output = backend.makeOutput(inputs[0]!.shape, 'float32');
  const count = sizeOf(output.shape);
  if (count === 0) return output;
  const columns = vectors[0]!.length;
  const length = columns * (columns < LONG_VECTOR ? 4 * Math.ceil(LONG_VECTOR / (4 * columns)) : 1);
  const address = team.scratch.take(vectors.length * length * Float32Array.BYTES_PER_ELEMENT);
  const written = new Float32Array(backend.wasm.asm.memory.buffer, address, vectors.length * length);
  vectors.forEach((vector, number) => {
    for (let index = 0; index < length; index++) written[number * length + index] = vector[index % columns]!;
  });
  const addresses = inputs.map((input) => addressOf(backend, input));
  const to = addressOf(backend, output);
  team.run(name, Math.ceil(count / length), Math.ceil(SHARE / length), (from, last) => [
    from,
    last,
    ...addresses,
    count,
    address,
    length,
    to,
  ]);
  return output;
}

/** A new tensor of a number for each channel. */
export function channelTensor(backend: WasmBackend, values: ArrayLike<number>): TensorInfo {
  const tensor = backend.makeOutput([values.length], 'float32');
  floats(backend, tensor).set(values);
  return tensor;
}
