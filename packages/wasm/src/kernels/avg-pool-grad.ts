/**
 * AvgPoolGrad: each window shares its gradient equally among its pixels inside the image, as AvgPool took their mean.
 *
 * All backends of tfjs divide by the size of the whole window here, padding included, which is not the gradient of what they
 * compute forward; and they lose the gradient of the windows that a `dimRoundingMode` of 'ceil' adds.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import type { PoolAttributes } from './pooling';
import { runPoolGradient } from './pooling-2d';

interface Inputs {
  readonly dy: TensorInfo;
  readonly input: TensorInfo;
}

export const avgPoolGrad: TrainingKernel = defineKernel<Inputs, PoolAttributes<2>>(
  'AvgPoolGrad',
  ({ inputs: { dy, input }, attrs, backend }, { team }) => runPoolGradient('AvgPoolGrad', team, backend, { dy, input }, attrs),
);
