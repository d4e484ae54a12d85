/**
 * Conv2D and FusedConv2D: implicit matrix products (assembly/convolution.ts). Any strides, any padding; a dilated convolution goes to the
 * stock kernel, which says so once.
 */
import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';
import {
  asMatrix,
  type ConvolutionAttributes,
  convolutionInfo,
  geometryOf,
  inputArguments,
  isProduct,
  outputArguments,
  overhangs,
  pixelsOf,
} from '../convolution-2d';
import { convolve as runConvolution, takeScratch } from '../convolve';
import { expected } from '../errors';
import { type FusedAttributes, fusedActivation } from '../fused-activation';
import { addressOf, floats, sizeOf, type WasmBackend, zeros } from '../heap';
import { matrixProduct } from '../matrix-product';
import type { Team } from '../module/team';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import { runGuarded } from './guarded-convolutions';

interface Inputs {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}

type Attributes = ConvolutionAttributes & FusedAttributes;

let dilationNoted = false;

function convolution(owner: string): TrainingKernel {
  return defineKernel<Inputs, Attributes>(owner, (call, context) => {
    const { inputs, attrs, backend } = call;
    const { x, filter, bias, preluActivationWeights } = inputs;
    if (x.dtype !== 'float32' || filter.dtype !== 'float32') return context.stock(owner)(call);
    const info = convolutionInfo(owner, x.shape, filter.shape, attrs);
    if (info.dilationHeight !== 1 || info.dilationWidth !== 1) {
      if (!dilationNoted) console.warn('@groundstate/wasm: dilated convolutions run on the stock kernel, which is slower. Said once.');
      dilationNoted = true;
      return runGuarded(owner, false, call, context);
    }
    const { code, slope, finish } = fusedActivation(owner, backend, attrs, preluActivationWeights);
    return finish(convolve(owner, context.team, backend, { x, filter, bias, info, activation: code, slope }));
  });
}

export const conv2d: TrainingKernel = convolution('Conv2D');
export const fusedConv2d: TrainingKernel = convolution('FusedConv2D');

interface Request {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias: TensorInfo | undefined;
  readonly info: backend_util.Conv2DInfo;
  readonly activation: number;
  readonly slope: number;
}

function convolve(owner: string, team: Team, backend: WasmBackend, request: Request): TensorInfo {
  const { x, filter, bias, info, activation, slope } = request;
  const { batchSize, outHeight, outChannels, inChannels, filterHeight, filterWidth } = info;
  if (bias && sizeOf(bias.shape) !== outChannels) {
    throw expected(owner, 'bias', `one number per output channel (${outChannels})`, bias.shape, 'Add other biases with a separate tf.add.');
  }
  const length = filterHeight * filterWidth * inChannels;
  if (sizeOf(info.outShape) === 0) return zeros(backend, info.outShape);
  if (length === 0) {
    const nothing = zeros(backend, info.outShape);
    finishByHand(backend, nothing, bias, activation, slope);
    return nothing;
  }
  if (isProduct(info)) {
    const [a, b] = [asMatrix(x, pixelsOf(info), inChannels), asMatrix(filter, inChannels, outChannels)];
    const { dataId } = matrixProduct(team, backend, { owner, a, b, transposeA: false, transposeB: false, bias, activation, slope });
    return { dataId, shape: info.outShape, dtype: 'float32' };
  }
  const { functions } = team;
  const weights = addressOf(backend, filter);
  const finite = !overhangs(info) || functions.allFinite(weights, length * outChannels) !== 0;
  const convolution = { ...geometryOf(info), input: addressOf(backend, x), filter: weights, turned: false };
  const scratch = finite ? takeScratch(team, convolution) : undefined;
  const output = backend.makeOutput(info.outShape, 'float32');
  const target = addressOf(backend, output);
  if (scratch) {
    runConvolution(team, convolution, scratch, { output: target, bias: bias ? addressOf(backend, bias) : 0, activation, slope });
    return output;
  }
  const windows = [convolution.input, ...inputArguments(info), ...outputArguments(info), filterHeight, filterWidth];
  team.run('convolveCarefully', batchSize * outHeight, 1, (from, to) => [from, to, ...windows, weights, outChannels, target]);
  finishByHand(backend, output, bias, activation, slope);
  return output;
}

/** Bias and activation, in place, for a convolution that was not finite or has no channels to sum. */
function finishByHand(backend: WasmBackend, output: TensorInfo, bias: TensorInfo | undefined, activation: number, slope: number): void {
  const [values, biases] = [floats(backend, output), bias ? floats(backend, bias) : undefined];
  const channels = output.shape.at(-1)!;
  const [, relu, relu6, leaky] = [0, 1, 2, 3];
  for (let index = 0; index < values.length; index++) {
    let value = values[index]! + (biases?.[index % channels] ?? 0);
    if (activation === relu) value = Math.max(value, 0);
    else if (activation === relu6) value = Math.min(Math.max(value, 0), 6);
    else if (activation === leaky && value < 0) value *= slope;
    values[index] = value;
  }
}
