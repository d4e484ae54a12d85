/**
 * UnsortedSegmentSum: adds the slices of a tensor that carry the same segment number. tfjs lacks it on wasm, and it is the gradient of
 * `gather`. Slices numbered outside 0 .. numSegments - 1 are left out, as everywhere in tfjs.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../heap';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly x: TensorInfo;
  readonly segmentIds: TensorInfo;
}

interface Attributes {
  readonly numSegments: number;
}

export const unsortedSegmentSum: TrainingKernel = defineKernel<Inputs, Attributes>(
  'UnsortedSegmentSum',
  ({ inputs: { x, segmentIds }, attrs: { numSegments }, backend }) => {
    const rest = x.shape.slice(segmentIds.shape.length);
    const length = sizeOf(rest);
    const output = backend.makeOutput([numSegments, ...rest], x.dtype);
    const sums = backend.typedArrayFromHeap(output).fill(0);
    const values = backend.typedArrayFromHeap(x);
    const segments = backend.typedArrayFromHeap(segmentIds);
    for (let slice = 0; slice < segments.length; slice++) {
      const segment = segments[slice]!;
      if (segment < 0 || segment >= numSegments) continue;
      for (let offset = 0; offset < length; offset++) {
        sums[segment * length + offset] = sums[segment * length + offset]! + values[slice * length + offset]!;
      }
    }
    return output;
  },
);
