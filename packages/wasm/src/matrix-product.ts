/**
 * The fast road of the wasm backend: its BatchMatMul with neither side transposed and a batch of one goes to XNNPACK
 * (20 to 30 GFLOP/s); every other form goes to a scalar loop (about 1 GFLOP/s). A row of the product does not depend, bit for
 * bit, on how many rows there are.
 *
 * XNNPACK packs the right-hand side once and the backend keeps the packed copy under the tensor's number alone. Two traps follow:
 * data that changes in place must never be a right-hand side twice under one number, and the same data under another shape
 * (a reshape shares the number) makes the stock backend read outside its memory.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf, type WasmBackend, withAlias } from './heap';
import type { StockKernels } from './training-kernel';

/** rows x inner times inner x columns. */
export interface ProductSize {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** The product of two row-major float32 matrices; `right` must be an alias or a tensor that only ever has this one shape. */
export function matrixProduct(
  stock: StockKernels,
  backend: WasmBackend,
  left: TensorInfo,
  right: TensorInfo,
  { rows, inner, columns }: ProductSize,
): TensorInfo {
  const a: TensorInfo = { dataId: left.dataId, shape: [1, rows, inner], dtype: 'float32' };
  const b: TensorInfo = { dataId: right.dataId, shape: [1, inner, columns], dtype: 'float32' };
  return stock('BatchMatMul')({ inputs: { a, b }, attrs: { transposeA: false, transposeB: false }, backend });
}

/** For each tensor that was a right-hand side: its inner dimension then. */
const packedInner = new WeakMap<object, number>();

/**
 * Lends `use` a right-hand side that is safe to pack. A tensor in its usual shape goes through as it is, so that XNNPACK's
 * packed copy of a weight serves every later product; anything else goes under an alias.
 */
export function withRightHandSide<Result>(
  backend: WasmBackend,
  right: TensorInfo,
  inner: number,
  columns: number,
  use: (right: TensorInfo) => Result,
): Result {
  const usual = packedInner.get(right.dataId) ?? inner;
  if (usual === inner && sizeOf(right.shape) === inner * columns) {
    packedInner.set(right.dataId, inner);
    return use({ dataId: right.dataId, shape: [1, inner, columns], dtype: 'float32' });
  }
  return withAlias(backend, right, 0, [1, inner, columns], use);
}
