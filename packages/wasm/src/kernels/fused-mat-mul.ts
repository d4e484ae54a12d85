/**
 * _FusedMatMul: a product with bias and activation. The stock kernel is WRONG when a side is transposed or there is more than one
 * batch: it adds the bias and applies the activation once per block of 48 along the inner dimension. Only its plain form is used here.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { batchedProduct } from '../batched-product';
import { expected } from '../errors';
import { shapeAtCreation, sizeOf, type WasmBackend, withAlias } from '../heap';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}

interface Attributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly activation: string;
  readonly leakyreluAlpha?: number;
}

const OWNER = '_FusedMatMul';

export const fusedMatMul: TrainingKernel = defineKernel<Inputs, Attributes>(OWNER, (call, { stock }) => {
  const { inputs, attrs, backend } = call;
  const { a, b, bias, preluActivationWeights } = inputs;
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return stock(OWNER)(call);
  const { transposeA, transposeB } = attrs;
  const inner = a.shape.at(transposeA ? -2 : -1)!;
  const columns = b.shape.at(transposeB ? -2 : -1)!;
  if (inner === 0) throw expected(OWNER, 'a', 'of at least one inner element', a.shape, 'Add the bias to zeros instead.');
  if (bias && sizeOf(bias.shape) !== columns) {
    throw expected(OWNER, 'bias', `one number per column (${columns})`, bias.shape, 'Add other biases with a separate tf.add.');
  }
  return withBias(backend, bias, columns, (row) =>
    batchedProduct(stock, backend, { owner: OWNER, a, b, transposeA, transposeB }, (left, right) =>
      stock(OWNER)({
        inputs: { a: left, b: right, bias: row, preluActivationWeights },
        attrs: { ...attrs, transposeA: false, transposeB: false },
        backend,
      }),
    ),
  );
});

/** The stock kernel takes a bias only when its tensor was created with rank 1, whatever a reshape has made of it since. */
function withBias(
  backend: WasmBackend,
  bias: TensorInfo | undefined,
  columns: number,
  use: (bias: TensorInfo | undefined) => TensorInfo,
): TensorInfo {
  if (!bias || shapeAtCreation(backend, bias).length === 1) return use(bias);
  return withAlias(backend, bias, 0, [columns], use);
}
