/** AvgPool: the mean of the pixels of each window that are inside the image. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { PoolKind } from '../module/functions/pooling';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import type { PoolAttributes } from './pooling';
import { describePool, runPool } from './pooling-2d';

interface Inputs {
  readonly x: TensorInfo;
}

export const avgPool: TrainingKernel = defineKernel<Inputs, PoolAttributes<2>>('AvgPool', ({ inputs: { x }, attrs, backend }, { team }) => {
  const pool = describePool('AvgPool', x, attrs);
  const output = backend.makeOutput(pool.outShape, 'float32');
  runPool(team, backend, PoolKind.mean, x, pool, { output });
  return output;
});
