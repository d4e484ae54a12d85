/**
 * DepthwiseConv2dNativeBackpropInput: the gradient of a depthwise convolution for its input, which tfjs lacks on wasm.
 * dx[cell; c] = sum over taps and multiples m of dy[output cell; c, m] * W[tap; c, m].
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { floats, zeros } from '../heap';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import { forEachTap, windowsOf2d } from '../windows';
import { type DepthwiseAttributes, depthwiseInfo } from './depthwise';

interface Inputs {
  readonly dy: TensorInfo;
  readonly filter: TensorInfo;
}

interface Attributes extends DepthwiseAttributes {
  readonly inputShape: readonly number[];
}

export const depthwiseBackpropInput: TrainingKernel = defineKernel<Inputs, Attributes>(
  'DepthwiseConv2dNativeBackpropInput',
  ({ inputs: { dy, filter }, attrs, backend }) => {
    const info = depthwiseInfo(attrs.inputShape, filter.shape, attrs);
    const { inChannels, outChannels } = info;
    const multiplier = outChannels / inChannels;
    const gradient = zeros(backend, info.inShape);
    const [sums, outputs, weights] = [floats(backend, gradient), floats(backend, dy), floats(backend, filter)];
    forEachTap(windowsOf2d(info), (outputCell, inputCell, tap) => {
      let output = outputCell * outChannels;
      let weight = tap * outChannels;
      for (let channel = 0; channel < inChannels; channel++) {
        let sum = sums[inputCell * inChannels + channel]!;
        for (let multiple = 0; multiple < multiplier; multiple++) sum += outputs[output++]! * weights[weight++]!;
        sums[inputCell * inChannels + channel] = sum;
      }
    });
    return gradient;
  },
);
