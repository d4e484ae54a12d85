/** MaxPool3DGrad: wrong in stock tfjs for windows whose maximum is zero or less, for the reason told in max-pool-grad. */
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { floats, zeros } from '../heap';
import { maximumPositions } from '../maximum-positions';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import { windowsOf3d } from '../windows';
import { type PoolAttributes, scatterToMaxima } from './pooling';

interface Inputs {
  readonly dy: TensorInfo;
  readonly input: TensorInfo;
}

export const maxPool3dGrad: TrainingKernel = defineKernel<Inputs, PoolAttributes<3>>(
  'MaxPool3DGrad',
  ({ inputs: { dy, input }, attrs, backend }) => {
    const { filterSize, strides, pad, dimRoundingMode } = attrs;
    const shape = input.shape as [number, number, number, number, number];
    const info = backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
    const positions = maximumPositions(floats(backend, input), windowsOf3d(info), info.inChannels);
    const gradient = zeros(backend, input.shape);
    scatterToMaxima(positions, floats(backend, dy), floats(backend, gradient));
    return gradient;
  },
);
