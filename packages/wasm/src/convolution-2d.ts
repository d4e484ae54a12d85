/** What the 2-D convolutions share: their geometry, and what is refused. */
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Convolution } from './convolve';
import { expected } from './errors';

export interface ConvolutionAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly dilations?: [number, number] | number | null;
}

type Shape4D = [number, number, number, number];

export function convolutionInfo(
  owner: string,
  inputShape: readonly number[],
  filterShape: readonly number[],
  attributes: ConvolutionAttributes,
): backend_util.Conv2DInfo {
  const { strides, pad, dataFormat, dimRoundingMode, dilations } = attributes;
  if (dataFormat === 'NCHW') throw expected(owner, 'dataFormat', "'NHWC'", dataFormat, 'Transpose the images to NHWC first.');
  return backend_util.computeConv2DInfo(inputShape as Shape4D, filterShape as Shape4D, strides, dilations ?? 1, pad, dimRoundingMode);
}

/** The output pixels of a whole batch. */
export function pixelsOf({ batchSize, outHeight, outWidth }: backend_util.Conv2DInfo): number {
  return batchSize * outHeight * outWidth;
}

/** A window of one pixel that meets every pixel: a plain matrix product of pixels by channels. */
export function isProduct(info: backend_util.Conv2DInfo): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo, inHeight, inWidth, outHeight, outWidth } = info;
  const pointwise = filterHeight === 1 && filterWidth === 1 && strideHeight === 1 && strideWidth === 1;
  return pointwise && padInfo.top === 0 && padInfo.left === 0 && inHeight === outHeight && inWidth === outWidth;
}

/** Whether some window reads beyond the image: there the compiled kernels read zeros. */
export function overhangs(info: backend_util.Conv2DInfo): boolean {
  const { padInfo, outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth, inHeight, inWidth } = info;
  const bottom = (outHeight - 1) * strideHeight + filterHeight - padInfo.top;
  const right = (outWidth - 1) * strideWidth + filterWidth - padInfo.left;
  return padInfo.top > 0 || padInfo.left > 0 || bottom > inHeight || right > inWidth;
}

/** The same numbers as a matrix. */
export function asMatrix(tensor: TensorInfo, rows: number, columns: number): TensorInfo {
  return { dataId: tensor.dataId, shape: [rows, columns], dtype: 'float32' };
}

/** The same for src/convolve.ts: a plain forward convolution. */
export function geometryOf(info: backend_util.Conv2DInfo): Omit<Convolution, 'input' | 'filter' | 'turned'> {
  return {
    images: info.batchSize,
    rows: info.inHeight,
    inputColumns: info.inWidth,
    channels: info.inChannels,
    top: info.padInfo.top,
    left: info.padInfo.left,
    outputRows: info.outHeight,
    outputColumns: info.outWidth,
    strideHeight: info.strideHeight,
    strideWidth: info.strideWidth,
    height: info.filterHeight,
    width: info.filterWidth,
    columns: info.outChannels,
  };
}

/** Arguments of the compiled kernels that say where the windows lie: as assembly/convolution.ts names them. */
export function inputArguments(info: backend_util.Conv2DInfo): readonly number[] {
  return [info.inHeight, info.inWidth, info.inChannels, info.padInfo.top, info.padInfo.left];
}

export function outputArguments(info: backend_util.Conv2DInfo): readonly number[] {
  return [info.outHeight, info.outWidth, info.strideHeight, info.strideWidth];
}

/** Bytes of the padded rows of the input that one row of the output reads. */
export function bandRowBytes(info: backend_util.Conv2DInfo): number {
  const columns = (info.outWidth - 1) * info.strideWidth + info.filterWidth;
  return 4 * info.filterHeight * columns * info.inChannels;
}
