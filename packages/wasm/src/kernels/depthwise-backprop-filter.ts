/**
 * DepthwiseConv2dNativeBackpropFilter: the gradient of a depthwise convolution for its filter, which tfjs lacks on wasm.
 * dW[tap; c, m] = sum over output cells of x[input cell; c] * dy[output cell; c, m].
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { floats } from '../heap';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import { forEachTap, windowsOf2d } from '../windows';
import { type DepthwiseAttributes, depthwiseInfo } from './depthwise';

interface Inputs {
  readonly x: TensorInfo;
  readonly dy: TensorInfo;
}

interface Attributes extends DepthwiseAttributes {
  readonly filterShape: readonly number[];
}

export const depthwiseBackpropFilter: TrainingKernel = defineKernel<Inputs, Attributes>(
  'DepthwiseConv2dNativeBackpropFilter',
  ({ inputs: { x, dy }, attrs, backend }) => {
    const info = depthwiseInfo(x.shape, attrs.filterShape, attrs);
    const { inChannels, outChannels } = info;
    const multiplier = outChannels / inChannels;
    const gradient = backend.makeOutput([...attrs.filterShape], 'float32');
    const [images, outputs] = [floats(backend, x), floats(backend, dy)];
    // Each sum runs over every pixel of the batch one by one: double precision, or it loses digits.
    const sums = new Float64Array(floats(backend, gradient).length);
    forEachTap(windowsOf2d(info), (outputCell, inputCell, tap) => {
      let output = outputCell * outChannels;
      let weight = tap * outChannels;
      for (let channel = 0; channel < inChannels; channel++) {
        const value = images[inputCell * inChannels + channel]!;
        for (let multiple = 0; multiple < multiplier; multiple++, weight++) sums[weight] = sums[weight]! + value * outputs[output++]!;
      }
    });
    floats(backend, gradient).set(sums);
    return gradient;
  },
);
