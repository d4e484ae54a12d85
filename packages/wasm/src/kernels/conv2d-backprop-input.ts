/**
 * Conv2DBackpropInput: the gradient of a convolution for its input. Seen from an input pixel it is itself a convolution, of the gradient
 * with the filter turned round. At a stride, input pixels fall into classes (row and column modulo the stride) that meet different taps:
 * one convolution a class, each with its share of the filter. Images of few channels have a road of their own (assembly/few-channels.ts).
 */
import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';
import { asMatrix, type ConvolutionAttributes, convolutionInfo, isProduct, pixelsOf } from '../convolution-2d';
import { convolve, takeScratch } from '../convolve';
import { addressOf, type WasmBackend, zeros } from '../heap';
import { matrixProduct } from '../matrix-product';
import type { Team } from '../module/team';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly dy: TensorInfo;
  readonly filter: TensorInfo;
}

interface Attributes extends ConvolutionAttributes {
  readonly inputShape: readonly number[];
}

const OWNER = 'Conv2DBackpropInput';

/** A tile has eight columns: with fewer channels than this most of it would be idle. */
const FEW_CHANNELS = 4;

export const conv2dBackpropInput: TrainingKernel = defineKernel<Inputs, Attributes>(
  OWNER,
  ({ inputs: { dy, filter }, attrs, backend }, { team }) => {
    // Dilations never reach this kernel: tfjs refuses the gradient of a dilated convolution beforehand.
    const info = convolutionInfo(OWNER, attrs.inputShape, filter.shape, attrs);
    const { outChannels, inChannels, filterHeight, filterWidth } = info;
    if (pixelsOf(info) === 0 || inChannels === 0 || outChannels === 0) return zeros(backend, info.inShape);
    if (isProduct(info)) {
      const [a, b] = [asMatrix(dy, pixelsOf(info), outChannels), asMatrix(filter, inChannels, outChannels)];
      const { dataId } = matrixProduct(team, backend, { owner: OWNER, a, b, transposeA: false, transposeB: true });
      return { dataId, shape: info.inShape, dtype: 'float32' };
    }
    if (inChannels <= FEW_CHANNELS) return ofFewChannels(team, backend, dy, filter, info);
    const finite = team.functions.allFinite(addressOf(backend, filter), filterHeight * filterWidth * inChannels * outChannels) !== 0;
    if (finite && info.strideHeight === 1 && info.strideWidth === 1) return byTurnedConvolution(team, backend, dy, filter, info);
    return finite ? byConvolution(team, backend, dy, filter, info) : carefully(team, backend, dy, filter, info);
  },
);

function ofFewChannels(team: Team, backend: WasmBackend, dy: TensorInfo, filter: TensorInfo, info: backend_util.Conv2DInfo): TensorInfo {
  const { batchSize, outHeight, outWidth, outChannels, inChannels, inHeight, inWidth, filterHeight, filterWidth } = info;
  const { strideHeight, strideWidth, padInfo } = info;
  const { functions } = team;
  const taps = filterHeight * filterWidth * inChannels;
  const packedBytes = functions.packedTapsBytes(taps, outChannels);
  const threadBytes = functions.fewChannelsScratch(
    ...([inChannels, outHeight, outWidth, outChannels, strideHeight, strideWidth, filterHeight, filterWidth] as const),
  );
  const aligned = Math.ceil(threadBytes / 64) * 64;
  const scratch = team.scratch.take(packedBytes + aligned * team.threads);
  const gradient = backend.makeOutput(info.inShape, 'float32');
  functions.packTapFilter(addressOf(backend, filter), taps, outChannels, scratch);
  const [source, target] = [addressOf(backend, dy), addressOf(backend, gradient)];
  const shape = [outHeight, outWidth, outChannels, scratch, filterHeight, filterWidth, inChannels, strideHeight, strideWidth];
  team.run('inputGradientOfFewChannels', batchSize, 1, (from, to, thread) => [
    ...[from, to, source, ...shape, padInfo.top, padInfo.left, inHeight, inWidth, target],
    scratch + packedBytes + thread * aligned,
  ]);
  return gradient;
}

/** At stride 1 every pixel is of one class. */
function byTurnedConvolution(
  team: Team,
  backend: WasmBackend,
  dy: TensorInfo,
  filter: TensorInfo,
  info: backend_util.Conv2DInfo,
): TensorInfo {
  const { padInfo, filterHeight, filterWidth } = info;
  const convolution = {
    images: info.batchSize,
    input: addressOf(backend, dy),
    rows: info.outHeight,
    inputColumns: info.outWidth,
    channels: info.outChannels,
    top: filterHeight - 1 - padInfo.top,
    left: filterWidth - 1 - padInfo.left,
    outputRows: info.inHeight,
    outputColumns: info.inWidth,
    strideHeight: 1,
    strideWidth: 1,
    height: filterHeight,
    width: filterWidth,
    filter: addressOf(backend, filter),
    turned: true,
    columns: info.inChannels,
  };
  const scratch = takeScratch(team, convolution);
  const gradient = backend.makeOutput(info.inShape, 'float32');
  convolve(team, convolution, scratch, { output: addressOf(backend, gradient), bias: 0, activation: 0, slope: 0 });
  return gradient;
}

/** The windows along one side of the image that reach one class of its pixels. */
interface Class {
  /** The first pixel of the class. */
  readonly first: number;
  readonly pixels: number;
  /** The first tap that reaches the class. */
  readonly tap: number;
  readonly taps: number;
  /** How far the first window begins before the gradient. */
  readonly before: number;
}

function classesOf(size: number, stride: number, filter: number, pad: number): Class[] {
  return Array.from({ length: stride }, (_, tap) => {
    const taps = Math.max(0, Math.ceil((filter - tap) / stride));
    // Pixel p meets tap t of window w where p + pad = stride w + t: the class of t = tap (mod stride).
    const firstWindow = Math.max(0, Math.ceil((pad - tap) / stride));
    const first = stride * firstWindow + tap - pad;
    return { first, pixels: Math.max(0, Math.ceil((size - first) / stride)), tap, taps, before: taps - 1 - firstWindow };
  });
}

function byConvolution(team: Team, backend: WasmBackend, dy: TensorInfo, filter: TensorInfo, info: backend_util.Conv2DInfo): TensorInfo {
  const { batchSize, outHeight, outWidth, outChannels, inChannels, inHeight, inWidth, filterHeight, filterWidth } = info;
  const { strideHeight, strideWidth, padInfo } = info;
  const { functions } = team;
  const rowClasses = classesOf(inHeight, strideHeight, filterHeight, padInfo.top);
  const columnClasses = classesOf(inWidth, strideWidth, filterWidth, padInfo.left);
  const reached = [...rowClasses, ...columnClasses].every(({ taps, pixels }) => taps > 0 || pixels === 0);
  const most = (classes: readonly Class[], key: 'taps' | 'pixels'): number => Math.max(...classes.map((one) => one[key]));
  const tapRows = most(rowClasses, 'taps');
  const tapColumns = most(columnClasses, 'taps');
  const packedBytes = functions.packedFilterBytes(tapRows * tapColumns * outChannels, inChannels);
  const bandRow = 4 * tapRows * (most(columnClasses, 'pixels') - 1 + tapColumns) * outChannels;
  const threadBytes = functions.convolutionScratch(bandRow);
  const scratch = team.scratch.take(packedBytes + threadBytes * team.threads);
  // Pixels between the windows get no gradient.
  const gradient = reached ? backend.makeOutput(info.inShape, 'float32') : zeros(backend, info.inShape);
  const [source, target, weights] = [addressOf(backend, dy), addressOf(backend, gradient), addressOf(backend, filter)];
  for (const row of rowClasses) {
    for (const column of columnClasses) {
      if (row.taps * column.taps === 0 || row.pixels * column.pixels === 0) continue;
      const turned = [row.tap, strideHeight, row.taps, column.tap, strideWidth, column.taps] as const;
      functions.packTurnedFilter(weights, filterWidth, inChannels, outChannels, ...turned, scratch);
      const windows = [source, outHeight, outWidth, outChannels, row.before, column.before, row.pixels, column.pixels, 1, 1];
      const taps = [row.taps, column.taps, scratch, inChannels];
      const place = [target, inHeight, inWidth, row.first, strideHeight, column.first, strideWidth];
      const grain = batchSize >= team.threads ? row.pixels : 1;
      team.run('convolve', batchSize * row.pixels, grain, (from, to, thread) => [
        ...[from, to, ...windows, ...taps, ...place, 0, 0, 0, scratch + packedBytes + thread * threadBytes],
      ]);
    }
  }
  return gradient;
}

function carefully(team: Team, backend: WasmBackend, dy: TensorInfo, filter: TensorInfo, info: backend_util.Conv2DInfo): TensorInfo {
  const gradient = backend.makeOutput(info.inShape, 'float32');
  const [source, weights, target] = [addressOf(backend, dy), addressOf(backend, filter), addressOf(backend, gradient)];
  const { outHeight, outWidth, outChannels, filterHeight, filterWidth, inChannels, strideHeight, strideWidth, padInfo } = info;
  const shape = [outHeight, outWidth, outChannels, weights, filterHeight, filterWidth, inChannels, strideHeight, strideWidth];
  const image = [padInfo.top, padInfo.left, info.inHeight, info.inWidth, target];
  team.run('inputGradientCarefully', info.batchSize, 1, (from, to) => [from, to, source, ...shape, ...image]);
  return gradient;
}
