/** `MoveTowards`, a kernel that tfjs has not: from + (to - from) share in one pass, the step of a running average. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, sizeOf } from '../heap';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import { checkAlike, SHARE } from './optimiser-tensors';

interface Inputs {
  readonly from: TensorInfo;
  readonly to: TensorInfo;
}

interface Attributes {
  readonly share: number;
}

export const moveTowards: TrainingKernel = defineKernel<Inputs, Attributes>('MoveTowards', ({ inputs, attrs, backend }, { team }) => {
  const { from: start, to: end } = inputs;
  checkAlike('MoveTowards', { from: start, to: end });
  const output = backend.makeOutput([...start.shape], 'float32');
  const addresses = [start, end, output].map((tensor) => addressOf(backend, tensor));
  team.run('moveTowards', sizeOf(start.shape), SHARE, (from, to) => [
    ...addresses.map((address) => address + 4 * from),
    to - from,
    attrs.share,
  ]);
  return output;
});
