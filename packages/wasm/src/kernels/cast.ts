/** Cast to bool: the stock kernel keeps the low byte, so 0.5 and 256 become false and -1 becomes 255. Other casts are stock. */
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { combine } from '../combine';
import { floats } from '../heap';
import { broadcastStrides } from '../strided';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly x: TensorInfo;
}

interface Attributes {
  readonly dtype: DataType;
}

export const cast: TrainingKernel = defineKernel<Inputs, Attributes>('Cast', (call, { stock, team }) => {
  const { inputs, attrs, backend } = call;
  const { x } = inputs;
  if (attrs.dtype !== 'bool' || (x.dtype !== 'float32' && x.dtype !== 'int32')) return stock('Cast')(call);
  if (x.dtype === 'float32') {
    const zero = backend.makeOutput([], 'float32');
    floats(backend, zero)[0] = 0;
    const operands = [x, zero].map((tensor) => ({ tensor, strides: broadcastStrides(tensor.shape, x.shape) }));
    const output = combine(backend, team, 'notEqual', [operands[0]!, operands[1]!], x.shape, 'bool');
    backend.disposeData(zero.dataId);
    return output;
  }
  const output = backend.makeOutput(x.shape, 'bool');
  const written = backend.typedArrayFromHeap(output);
  const values = backend.typedArrayFromHeap(x);
  for (let index = 0; index < values.length; index++) written[index] = values[index] === 0 ? 0 : 1;
  return output;
});
