/** Cast to bool: the stock kernel keeps the low byte, so 0.5 and 256 become false and -1 becomes 255. Other casts are stock. */
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly x: TensorInfo;
}

interface Attributes {
  readonly dtype: DataType;
}

export const cast: TrainingKernel = defineKernel<Inputs, Attributes>('Cast', (call, { stock }) => {
  const { x } = call.inputs;
  if (call.attrs.dtype !== 'bool' || (x.dtype !== 'float32' && x.dtype !== 'int32')) return stock('Cast')(call);
  const output = call.backend.makeOutput(x.shape, 'bool');
  const written = call.backend.typedArrayFromHeap(output);
  const values = call.backend.typedArrayFromHeap(x);
  for (let index = 0; index < values.length; index++) written[index] = values[index] === 0 ? 0 : 1;
  return output;
});
