/** What the kernels of optimisers share: their inputs are float32 tensors of one shape, worked on four by four. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { expected } from '../errors';

/** Shares of the work begin at multiples of so many floats: 64 kB, so that biases stay with one thread. */
export const SHARE = 16384;

/** Compiled code reads as many numbers of every tensor as the first has: nothing else may come in. */
export function checkAlike(kernel: string, inputs: Readonly<Record<string, TensorInfo>>): void {
  const [[first, model], ...others] = Object.entries(inputs) as [[string, TensorInfo], ...[string, TensorInfo][]];
  checkFloat(kernel, first, model);
  for (const [name, tensor] of others) {
    checkFloat(kernel, name, tensor);
    if (tensor.shape.length === model.shape.length && tensor.shape.every((length, axis) => length === model.shape[axis])) continue;
    throw expected(
      kernel,
      name,
      `of the shape of \`${first}\`, ${JSON.stringify(model.shape)}`,
      tensor.shape,
      'Nothing is broadcast here.',
    );
  }
}

export function checkFloat(kernel: string, name: string, { dtype }: TensorInfo): void {
  if (dtype !== 'float32') throw expected(kernel, name, 'float32', dtype, 'Cast it first.');
}
