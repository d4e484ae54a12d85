/**
 * Brings any matrix product (transposed sides, several batches, one side shared by all batches) to plain products that XNNPACK takes.
 * Transposing first costs one pass over a matrix and saves a factor of ten to twenty.
 */
import { broadcast_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { expected } from './errors';
import { floats, sizeOf, type WasmBackend, withAlias, zeros } from './heap';
import { type ProductSize, withRightHandSide } from './matrix-product';
import type { StockKernels } from './training-kernel';

export interface ProductRequest {
  readonly owner: string;
  readonly a: TensorInfo;
  readonly b: TensorInfo;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Multiplies a [1, rows, inner] by a [1, inner, columns] into a new tensor. */
export type PlainProduct = (left: TensorInfo, right: TensorInfo, size: ProductSize) => TensorInfo;

export function batchedProduct(stock: StockKernels, backend: WasmBackend, request: ProductRequest, multiply: PlainProduct): TensorInfo {
  const { owner, a, b, transposeA, transposeB } = request;
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
  if (Math.min(batchesA, batchesB) !== 1 && batchesA !== batchesB) {
    throw expected(
      owner,
      'a and b',
      'of the same outer shape, or one of them a single matrix',
      [a.shape, b.shape],
      'Tile one of them first.',
    );
  }
  if (sizeOf(shape) === 0 || inner === 0) return zeros(backend, shape);

  const left = transposeA ? transposed(stock, backend, a, batchesA) : a;
  const right = transposeB ? transposed(stock, backend, b, batchesB) : b;
  let output: TensorInfo;
  if (batchesB === 1) {
    // One right-hand side for all: the batches are just more rows.
    const size = { rows: rows * batches, inner, columns };
    output = withRightHandSide(backend, right, inner, columns, (whole) =>
      multiply({ dataId: left.dataId, shape: [1, size.rows, inner], dtype: 'float32' }, whole, size),
    );
  } else {
    output = backend.makeOutput(shape, 'float32');
    for (let batch = 0; batch < batches; batch++) {
      const firstLeft = batchesA === 1 ? 0 : batch * rows * inner;
      const product = withAlias(backend, left, firstLeft, [1, rows, inner], (leftMatrix) =>
        withAlias(backend, right, batch * inner * columns, [1, inner, columns], (rightMatrix) =>
          multiply(leftMatrix, rightMatrix, { rows, inner, columns }),
        ),
      );
      floats(backend, output).set(floats(backend, product), batch * rows * columns);
      backend.disposeData(product.dataId);
    }
  }
  if (transposeA) backend.disposeData(left.dataId);
  if (transposeB) backend.disposeData(right.dataId);
  return { dataId: output.dataId, shape, dtype: 'float32' };
}

function transposed(stock: StockKernels, backend: WasmBackend, matrices: TensorInfo, batches: number): TensorInfo {
  const shape = [batches, matrices.shape.at(-2)!, matrices.shape.at(-1)!];
  return stock('Transpose')({ inputs: { x: { dataId: matrices.dataId, shape, dtype: 'float32' } }, attrs: { perm: [0, 2, 1] }, backend });
}
