/**
 * MaxPoolWithArgmax: the maxima of MaxPool and where they stand. Wrong in stock tfjs for windows of floats whose maximum is zero
 * or less, for the reason told in max-pool-grad; integers are right there, and are left to it.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { PoolKind } from '../module/functions/pooling';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import type { PoolAttributes } from './pooling';
import { describePool, runPool } from './pooling-2d';

interface Inputs {
  readonly x: TensorInfo;
}

interface Attributes extends PoolAttributes<2> {
  readonly includeBatchInIndex: boolean;
}

const OWNER = 'MaxPoolWithArgmax';

export const maxPoolWithArgmax: TrainingKernel = defineKernel<Inputs, Attributes>(OWNER, (call, { stock, team }) => {
  const { inputs, attrs, backend } = call;
  // The one stock kernel here with two outputs.
  if (inputs.x.dtype === 'int32') return stock(OWNER)(call) as unknown as TensorInfo[];
  const pool = describePool(OWNER, inputs.x, attrs);
  const output = backend.makeOutput(pool.outShape, 'float32');
  const positions = backend.makeOutput(pool.outShape, 'int32');
  runPool(team, backend, PoolKind.positions, inputs.x, pool, { output, positions, wholeBatch: attrs.includeBatchInIndex });
  return [output, positions];
});
