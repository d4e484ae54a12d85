/** MaxPoolWithArgmax: wrong in stock tfjs for windows whose maximum is zero or less, for the reason told in max-pool-grad. */
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { floats } from '../heap';
import { maximumPositions } from '../maximum-positions';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import { windowsOf2d } from '../windows';
import { gatherMaxima, type PoolAttributes } from './pooling';

interface Inputs {
  readonly x: TensorInfo;
}

interface Attributes extends PoolAttributes<2> {
  readonly includeBatchInIndex: boolean;
}

export const maxPoolWithArgmax: TrainingKernel = defineKernel<Inputs, Attributes>(
  'MaxPoolWithArgmax',
  ({ inputs: { x }, attrs, backend }) => {
    const { filterSize, strides, pad, includeBatchInIndex } = attrs;
    const info = backend_util.computePool2DInfo(x.shape as [number, number, number, number], filterSize, strides, 1, pad);
    const positions = maximumPositions(floats(backend, x), windowsOf2d(info), info.inChannels);
    const maxima = backend.makeOutput(info.outShape, 'float32');
    const indices = backend.makeOutput(info.outShape, 'int32');
    gatherMaxima(positions, floats(backend, x), floats(backend, maxima));
    const perImage = info.inHeight * info.inWidth * info.inChannels;
    const written = backend.typedArrayFromHeap(indices);
    for (let slot = 0; slot < positions.length; slot++) {
      const position = positions[slot]!;
      written[slot] = includeBatchInIndex || position < 0 ? position : position % perImage;
    }
    return [maxima, indices];
  },
);
