/** Tile, which is also what `tf.broadcastTo` runs: the stock kernel computes an index for every element. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { bytesOf, combine } from '../combine';
import { stridesOf } from '../strided';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly x: TensorInfo;
}

interface Attributes {
  readonly reps: readonly number[];
}

export const tile: TrainingKernel = defineKernel<Inputs, Attributes>('Tile', (call, { stock, team }) => {
  const { inputs, attrs, backend } = call;
  const { x } = inputs;
  if (bytesOf(x.dtype) === 0) return stock('Tile')(call);
  // Along each axis: how often, a step of nothing; then the axis itself.
  const own = stridesOf(x.shape);
  const shape = x.shape.flatMap((length, axis) => [attrs.reps[axis]!, length]);
  const strides = x.shape.flatMap((_, axis) => [0, own[axis]!]);
  const tiled = combine(backend, team, 'copy', [{ tensor: x, strides }], shape, x.dtype);
  return { ...tiled, shape: x.shape.map((length, axis) => length * attrs.reps[axis]!) };
});
