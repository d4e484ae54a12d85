/** What the two 2-D convolution gradients share: the geometry, the refusal of NCHW, and the size of a chunk. */
import { backend_util } from '@tensorflow/tfjs-core';
import { expected } from './errors';

export interface ConvolutionAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type Shape4D = [number, number, number, number];

export function convolutionInfo(
  owner: string,
  inputShape: readonly number[],
  filterShape: readonly number[],
  attributes: ConvolutionAttributes,
): backend_util.Conv2DInfo {
  const { strides, pad, dataFormat, dimRoundingMode } = attributes;
  if (dataFormat !== 'NHWC') throw expected(owner, 'dataFormat', "'NHWC'", dataFormat, 'Transpose the images to NHWC first.');
  // Dilations never reach the gradient kernels: tfjs refuses the gradient of a dilated convolution beforehand.
  return backend_util.computeConv2DInfo(inputShape as Shape4D, filterShape as Shape4D, strides, 1, pad, dimRoundingMode);
}

/** Floats of im2col scratch a chunk may take: 8 MB. */
const SCRATCH_FLOATS = 2 ** 21;
/** Longer chunks gain nothing: XNNPACK's packed panel of this many rows still fits a first-level cache. */
const LONGEST_CHUNK = 2048;

/** How many output pixels to take at a time when each needs `floatsPerPixel` of scratch. It never depends on the batch, save to be shorter. */
export function chunkLength(pixels: number, floatsPerPixel: number): number {
  return Math.max(1, Math.min(pixels, LONGEST_CHUNK, Math.floor(SCRATCH_FLOATS / floatsPerPixel)));
}
