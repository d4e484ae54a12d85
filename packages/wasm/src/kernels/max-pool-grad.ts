/**
 * MaxPoolGrad: the stock kernel looks for each maximum from numeric_limits<float>::min(), the smallest POSITIVE float, so windows
 * whose maximum is zero or less lose their gradient. A ReLU before the pool hides it; tanh, leaky ReLU or batch norm do not.
 */
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { floats, zeros } from '../heap';
import { maximumPositions } from '../maximum-positions';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import { windowsOf2d } from '../windows';
import { type PoolAttributes, scatterToMaxima } from './pooling';

interface Inputs {
  readonly dy: TensorInfo;
  readonly input: TensorInfo;
}

export const maxPoolGrad: TrainingKernel = defineKernel<Inputs, PoolAttributes<2>>(
  'MaxPoolGrad',
  ({ inputs: { dy, input }, attrs, backend }) => {
    const { filterSize, strides, pad, dimRoundingMode } = attrs;
    const info = backend_util.computePool2DInfo(
      input.shape as [number, number, number, number],
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const positions = maximumPositions(floats(backend, input), windowsOf2d(info), info.inChannels);
    const gradient = zeros(backend, input.shape);
    scatterToMaxima(positions, floats(backend, dy), floats(backend, gradient));
    return gradient;
  },
);
