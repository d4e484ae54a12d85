/**
 * _FusedMatMul: a product with bias and activation. The stock kernel is WRONG when a side is transposed or there is more than one
 * batch: it adds the bias and applies the activation once per block of 48 along the inner dimension.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { expected } from '../errors';
import { type FusedAttributes, fusedActivation } from '../fused-activation';
import { sizeOf } from '../heap';
import { matrixProduct } from '../matrix-product';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}

interface Attributes extends FusedAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const OWNER = '_FusedMatMul';

export const fusedMatMul: TrainingKernel = defineKernel<Inputs, Attributes>(OWNER, (call, { stock, team }) => {
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
  const { code, slope, finish } = fusedActivation(OWNER, backend, attrs, preluActivationWeights);
  return finish(matrixProduct(team, backend, { owner: OWNER, a, b, transposeA, transposeB, bias, activation: code, slope }));
});
