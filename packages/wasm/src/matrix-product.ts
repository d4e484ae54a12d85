/** Any matrix product (transposed sides, several batches, one side shared by all batches) on the compiled kernels. */
import { broadcast_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { expected } from './errors';
import { addressOf, sizeOf, type WasmBackend, zeros } from './heap';
import type { Team } from './module/team';

export interface ProductRequest {
  readonly owner: string;
  readonly a: TensorInfo;
  readonly b: TensorInfo;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** One number a column. */
  readonly bias?: TensorInfo | undefined;
  /** As in assembly/epilogue.ts. */
  readonly activation?: number;
  readonly slope?: number;
}

/** The tiles of the compiled kernels; threads share whole ones out. */
const TILE_COLUMNS = 8;
const TILE_ROWS = 6;

export function matrixProduct(team: Team, backend: WasmBackend, request: ProductRequest): TensorInfo {
  const { owner, a, b, transposeA, transposeB, bias, activation = 0, slope = 0 } = request;
  const [heightA, widthA] = [a.shape.at(-2)!, a.shape.at(-1)!];
  const [heightB, widthB] = [b.shape.at(-2)!, b.shape.at(-1)!];
  const [rows, innerA] = transposeA ? [widthA, heightA] : [heightA, widthA];
  const [inner, columns] = transposeB ? [widthB, heightB] : [heightB, widthB];
  if (inner !== innerA) {
    throw expected(owner, 'b', `a matrix with an inner dimension of ${innerA}`, b.shape, 'The inner dimensions of a product must agree.');
  }
  const outer = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...outer, rows, columns];
  const batches = sizeOf(outer);
  const batchesA = sizeOf(a.shape.slice(0, -2));
  const batchesB = sizeOf(b.shape.slice(0, -2));
  // Not only for different numbers of them: of [2, 1] and [1, 2] matrices tfjs makes [2, 2].
  if ([batchesA, batchesB].some((own) => own !== 1 && own !== batches)) {
    const rule = 'of the same outer shape, or one of them a single matrix';
    throw expected(owner, 'a and b', rule, [a.shape, b.shape], 'Tile one of them first.');
  }
  if (sizeOf(shape) === 0 || inner === 0) return zeros(backend, shape);

  const bytes = team.functions.productScratch();
  const scratch = team.scratch.take(bytes * team.threads);
  const output = backend.makeOutput(shape, 'float32');
  const [left, right, target] = [addressOf(backend, a), addressOf(backend, b), addressOf(backend, output)];
  const sides = [left, widthA, Number(transposeA), right, widthB, Number(transposeB)];
  const finish = [bias ? addressOf(backend, bias) : 0, activation, slope];
  if (batchesB === 1 && !transposeA) {
    // One right-hand side for all: the batches are just more rows.
    share(team, rows * batches, columns, (fromRow, toRow, fromColumn, toColumn, thread) => [
      ...[fromRow, toRow, fromColumn, toColumn, inner, ...sides, target, columns, ...finish, scratch + thread * bytes],
    ]);
  } else if (batches === 1) {
    share(team, rows, columns, (fromRow, toRow, fromColumn, toColumn, thread) => [
      ...[fromRow, toRow, fromColumn, toColumn, inner, ...sides, target, columns, ...finish, scratch + thread * bytes],
    ]);
  } else {
    const pitchA = batchesA === 1 ? 0 : heightA * widthA;
    const pitchB = batchesB === 1 ? 0 : heightB * widthB;
    team.run('multiplyBatch', batches, 1, (from, to, thread) => [
      ...[from, to, rows, columns, inner, left, widthA, Number(transposeA), pitchA, right, widthB, Number(transposeB), pitchB],
      ...[target, ...finish, scratch + thread * bytes],
    ]);
  }
  return output;
}

/** Along the longer side: the shorter one is packed by every thread. */
function share(
  team: Team,
  rows: number,
  columns: number,
  argumentsOf: (fromRow: number, toRow: number, fromColumn: number, toColumn: number, thread: number) => readonly number[],
): void {
  if (rows > columns) team.run('multiply', rows, TILE_ROWS, (from, to, thread) => argumentsOf(from, to, 0, columns, thread));
  else team.run('multiply', columns, TILE_COLUMNS, (from, to, thread) => argumentsOf(0, rows, from, to, thread));
}
