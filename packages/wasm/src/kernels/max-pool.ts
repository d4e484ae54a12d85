/** MaxPool: a NaN in a window gives NaN, and the first of equal maxima is kept to the bit, for MaxPoolGrad to find. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { PoolKind } from '../module/functions/pooling';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import type { PoolAttributes } from './pooling';
import { describePool, runPool } from './pooling-2d';

interface Inputs {
  readonly x: TensorInfo;
}

export const maxPool: TrainingKernel = defineKernel<Inputs, PoolAttributes<2>>('MaxPool', ({ inputs: { x }, attrs, backend }, { team }) => {
  const pool = describePool('MaxPool', x, attrs);
  const output = backend.makeOutput(pool.outShape, 'float32');
  runPool(team, backend, PoolKind.maximum, x, pool, { output });
  return output;
});
