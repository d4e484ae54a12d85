/**
 * BatchMatMul: the stock kernel is fast only when nothing is transposed and the batch is one; the gradient of every dense layer is
 * a transposed product. It also crashes on a right-hand side that was multiplied before under another shape.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { matrixProduct } from '../matrix-product';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
}

interface Attributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

export const batchMatMul: TrainingKernel = defineKernel<Inputs, Attributes>('BatchMatMul', (call, { stock, team }) => {
  const { inputs, attrs, backend } = call;
  const { a, b } = inputs;
  // The stock kernel says what is wrong with the type.
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return stock('BatchMatMul')(call);
  return matrixProduct(team, backend, { owner: 'BatchMatMul', a, b, transposeA: attrs.transposeA, transposeB: attrs.transposeB });
});
