/**
 * Two kernels that tfjs has not, over any number of tensors under any names: `AllFinite`, true where no number is NaN or
 * infinite, and `SquaredNorm`, the sum of all squares, in double precision until the end.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, floats, sizeOf } from '../heap';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import { checkFloat, SHARE } from './optimiser-tensors';

type Inputs = Readonly<Record<string, TensorInfo>>;

/** Integers are finite. */
export const allFinite: TrainingKernel = defineKernel<Inputs, object>('AllFinite', ({ inputs, backend }, { team }) => {
  const tensors = Object.values(inputs).filter(({ dtype }) => dtype === 'float32');
  const output = backend.makeOutput([], 'bool');
  const verdicts = team.scratch.take(4 * team.threads);
  const { memory } = backend.wasm.asm;
  const finite = new Int32Array(memory.buffer, verdicts, team.threads).fill(1);
  for (const tensor of tensors) {
    const address = addressOf(backend, tensor);
    // A thread may have shares of several tensors: it only ever takes its verdict back.
    team.run('checkFinite', sizeOf(tensor.shape), SHARE, (from, to, thread) => [address + 4 * from, to - from, verdicts + 4 * thread]);
  }
  backend.typedArrayFromHeap(output)[0] = finite.every((verdict) => verdict === 1) ? 1 : 0;
  return output;
});

/** Floats of one partial sum: fixed, so that the whole does not depend on who computes which. */
const BLOCK = 16384;

export const squaredNorm: TrainingKernel = defineKernel<Inputs, object>('SquaredNorm', ({ inputs, backend }, { team }) => {
  for (const [name, tensor] of Object.entries(inputs)) checkFloat('SquaredNorm', name, tensor);
  const output = backend.makeOutput([], 'float32');
  let total = 0;
  for (const tensor of Object.values(inputs)) {
    const count = sizeOf(tensor.shape);
    const blocks = Math.ceil(count / BLOCK);
    const sums = team.scratch.take(8 * blocks);
    const address = addressOf(backend, tensor);
    team.run('sumSquares', blocks, 1, (from, to) => [address, count, BLOCK, from, to, sums]);
    total += new Float64Array(backend.wasm.asm.memory.buffer, sums, blocks).reduce((sum, square) => sum + square, 0);
  }
  floats(backend, output)[0] = total;
  return output;
});
