/**
 * `Identity`: another handle to the same memory, as on the other backends, and as this one's `Reshape` does it. The stock kernel
 * copies, and tfjs clones every tensor that it saves for a gradient.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly x: TensorInfo;
}

export const identity: TrainingKernel = defineKernel<Inputs, object>('Identity', (call, { stock }) => {
  const { x } = call.inputs;
  // Strings lie outside the heap.
  if (x.dtype === 'string') return stock('Identity')(call);
  call.backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
});
