/** MaxPool3D: here the stock FORWARD pass is wrong for windows whose maximum is zero or less, for the reason told in max-pool-grad. */
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { floats } from '../heap';
import { maximumPositions } from '../maximum-positions';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import { windowsOf3d } from '../windows';
import { gatherMaxima, type PoolAttributes } from './pooling';

interface Inputs {
  readonly x: TensorInfo;
}

export const maxPool3d: TrainingKernel = defineKernel<Inputs, PoolAttributes<3>>('MaxPool3D', ({ inputs: { x }, attrs, backend }) => {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  const shape = x.shape as [number, number, number, number, number];
  // tfjs gives 3-D pools in NDHWC here; it refuses the other layout itself.
  const info = backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const positions = maximumPositions(floats(backend, x), windowsOf3d(info), info.inChannels);
  const maxima = backend.makeOutput(info.outShape, 'float32');
  gatherMaxima(positions, floats(backend, x), floats(backend, maxima));
  return maxima;
});
