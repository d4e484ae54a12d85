/**
 * MaxPoolGrad: each window gives its gradient to the first pixel that equals its maximum, which stands in the output.
 *
 * The stock kernel looks for the maximum from numeric_limits<float>::min(), the smallest POSITIVE float, so windows whose maximum
 * is zero or less lose their gradient. A ReLU before the pool hides it; tanh, leaky ReLU or batch norm do not. All backends of
 * tfjs lose the gradient of the windows that a `dimRoundingMode` of 'ceil' adds.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import type { PoolAttributes } from './pooling';
import { runPoolGradient } from './pooling-2d';

interface Inputs {
  readonly dy: TensorInfo;
  readonly input: TensorInfo;
  /** Of MaxPool on `input`. */
  readonly output: TensorInfo;
}

export const maxPoolGrad: TrainingKernel = defineKernel<Inputs, PoolAttributes<2>>(
  'MaxPoolGrad',
  ({ inputs: { dy, input, output }, attrs, backend }, { team }) =>
    runPoolGradient('MaxPoolGrad', team, backend, { dy, input, output }, attrs),
);
