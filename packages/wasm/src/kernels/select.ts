/**
 * Select: the stock kernel takes one element at a time. A condition of rank 1 over tensors of a higher rank is left to it; `tf.where`
 * never asks for that, it repeats the condition first.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { bytesOf } from '../combine';
import { addressOf, sizeOf } from '../heap';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly condition: TensorInfo;
  readonly t: TensorInfo;
  readonly e: TensorInfo;
}

export const select: TrainingKernel = defineKernel<Inputs, object>('Select', (call, { stock, team }) => {
  const { inputs, backend } = call;
  const { condition, t, e } = inputs;
  const size = sizeOf(t.shape);
  const sameSize = sizeOf(condition.shape) === size && sizeOf(e.shape) === size;
  if (!sameSize || condition.dtype !== 'bool' || t.dtype !== e.dtype || bytesOf(t.dtype) !== 4) return stock('Select')(call);
  const output = backend.makeOutput(t.shape, t.dtype);
  const [mask, yes, no, to] = [condition, t, e, output].map((tensor) => addressOf(backend, tensor)) as [number, number, number, number];
  team.run('choose', size, 4096, (first, last) => [first, last, mask, yes, no, to]);
  return output;
});
