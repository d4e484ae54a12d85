/**
 * Conv3DBackpropInputV2: the gradient of a 3-D convolution for its input. The stock kernel returns wrong numbers, at every stride.
 * dx[cell; ci] = sum over taps and co of dy[output cell; co] * W[tap; ci, co].
 */
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { floats, zeros } from '../heap';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import { forEachTap, windowsOf3d } from '../windows';

type Shape5D = [number, number, number, number, number];

interface Inputs {
  readonly dy: TensorInfo;
  readonly filter: TensorInfo;
}

interface Attributes {
  readonly strides: [number, number, number] | number;
  readonly pad: 'valid' | 'same';
  readonly inputShape: Shape5D;
}

export const conv3dBackpropInput: TrainingKernel = defineKernel<Inputs, Attributes>(
  'Conv3DBackpropInputV2',
  ({ inputs: { dy, filter }, attrs: { strides, pad, inputShape }, backend }) => {
    const info = backend_util.computeConv3DInfo(inputShape, filter.shape as Shape5D, strides, 1, pad);
    const { inChannels, outChannels } = info;
    const gradient = zeros(backend, info.inShape);
    const [sums, outputs, weights] = [floats(backend, gradient), floats(backend, dy), floats(backend, filter)];
    forEachTap(windowsOf3d(info), (outputCell, inputCell, tap) => {
      let weight = tap * inChannels * outChannels;
      for (let channel = inputCell * inChannels; channel < (inputCell + 1) * inChannels; channel++) {
        let sum = sums[channel]!;
        for (let output = outputCell * outChannels; output < (outputCell + 1) * outChannels; output++) {
          sum += outputs[output]! * weights[weight++]!;
        }
        sums[channel] = sum;
      }
    });
    return gradient;
  },
);
