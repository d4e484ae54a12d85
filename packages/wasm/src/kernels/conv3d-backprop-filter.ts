/**
 * Conv3DBackpropFilterV2: the gradient of a 3-D convolution for its filter. The stock kernel returns wrong numbers when a stride is not 1.
 * dW[tap; ci, co] = sum over output cells of x[input cell; ci] * dy[output cell; co].
 */
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { floats } from '../heap';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import { forEachTap, windowsOf3d } from '../windows';

type Shape5D = [number, number, number, number, number];

interface Inputs {
  readonly x: TensorInfo;
  readonly dy: TensorInfo;
}

interface Attributes {
  readonly strides: [number, number, number] | number;
  readonly pad: 'valid' | 'same';
  readonly filterShape: Shape5D;
}

export const conv3dBackpropFilter: TrainingKernel = defineKernel<Inputs, Attributes>(
  'Conv3DBackpropFilterV2',
  ({ inputs: { x, dy }, attrs: { strides, pad, filterShape }, backend }) => {
    const info = backend_util.computeConv3DInfo(x.shape as Shape5D, filterShape, strides, 1, pad);
    const { inChannels, outChannels } = info;
    const gradient = backend.makeOutput([...filterShape], 'float32');
    const [images, outputs] = [floats(backend, x), floats(backend, dy)];
    // Each sum runs over every voxel of the batch one by one: double precision, or it loses digits.
    const sums = new Float64Array(floats(backend, gradient).length);
    forEachTap(windowsOf3d(info), (outputCell, inputCell, tap) => {
      let weight = tap * inChannels * outChannels;
      for (let channel = inputCell * inChannels; channel < (inputCell + 1) * inChannels; channel++) {
        const value = images[channel]!;
        for (let output = outputCell * outChannels; output < (outputCell + 1) * outChannels; output++, weight++) {
          sums[weight] = sums[weight]! + value * outputs[output]!;
        }
      }
    });
    floats(backend, gradient).set(sums);
    return gradient;
  },
);
