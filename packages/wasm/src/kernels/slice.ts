/** Slice: the stock kernel copies all of its input first, and what is cut along the last axis then goes pixel by pixel. */
import { slice_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { bytesOf, combine } from '../combine';
import { stridesOf } from '../strided';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly x: TensorInfo;
}

interface Attributes {
  readonly begin: number | number[];
  readonly size: number | number[];
}

export const slice: TrainingKernel = defineKernel<Inputs, Attributes>('Slice', (call, { stock, team }) => {
  const { inputs, attrs, backend } = call;
  const { x } = inputs;
  if (bytesOf(x.dtype) === 0) return stock('Slice')(call);
  const [begin, size] = slice_util.parseSliceParams(x, attrs.begin, attrs.size) as [number[], number[]];
  slice_util.assertParamsValid(x, begin, size);
  const strides = stridesOf(x.shape);
  const firstElement = slice_util.computeFlatOffset(begin, strides);
  return combine(backend, team, 'copy', [{ tensor: x, strides, firstElement }], size, x.dtype);
});
