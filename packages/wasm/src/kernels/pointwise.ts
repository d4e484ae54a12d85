/**
 * Pointwise functions that stock wasm gets wrong near zero: `Sign` is 0 for everything below float32's epsilon, and so a
 * step by the sign of a small gradient does not move; `Log1p` adds 1 before it takes the logarithm, and is 0 there too.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly x: TensorInfo;
}

function pointwise(name: string, compute: (value: number) => number): TrainingKernel {
  return defineKernel<Inputs, object>(name, (call, { stock }) => {
    const { x } = call.inputs;
    if (x.dtype !== 'float32') return stock(name)(call);
    const output = call.backend.makeOutput(x.shape, 'float32');
    const written = call.backend.typedArrayFromHeap(output);
    const values = call.backend.typedArrayFromHeap(x);
    for (let index = 0; index < values.length; index++) written[index] = compute(values[index]!);
    return output;
  });
}

/** NaN counts as 0, as it does on the cpu backend. */
export const sign: TrainingKernel = pointwise('Sign', (value) => (value > 0 ? 1 : value < 0 ? -1 : 0));

export const log1p: TrainingKernel = pointwise('Log1p', Math.log1p);
