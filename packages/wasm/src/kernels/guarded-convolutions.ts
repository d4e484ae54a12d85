/**
 * Stock convolutions (depthwise, and dilated ones), kept from two mistakes:
 * - 'same' padding where the stride steps over pixels (a 2 x 2 filter at stride 3 on 6 pixels): the padding comes out negative,
 *   wraps around, and the output is silently all zeros. Given as explicit numbers the same padding works.
 * - a numeric pad with an oblong filter or unequal strides: tfjs-core computes the width from the height's filter and stride,
 *   and the kernel writes past the end of the output.
 */
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes } from '../convolution-2d';
import { expected } from '../errors';
import { defineKernel, type KernelCall, type KernelContext, type TrainingKernel } from '../training-kernel';

type Shape4D = [number, number, number, number];

interface Inputs {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
}

/** The stock kernel `name`, given pads that it gets right. */
export function runGuarded(
  name: string,
  depthwise: boolean,
  call: KernelCall<Inputs, ConvolutionAttributes>,
  { stock }: KernelContext,
): TensorInfo {
  const { x, filter } = call.inputs;
  const { strides, dilations, pad, dataFormat, dimRoundingMode } = call.attrs;
  // The stock kernel refuses the other layout in its own words.
  if (dataFormat === 'NCHW') return stock(name)(call);
  const info = backend_util.computeConv2DInfo(
    x.shape as Shape4D,
    filter.shape as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
  );
  const { top, bottom, left, right } = info.padInfo;
  const spareHeight = info.inHeight + top + bottom - info.effectiveFilterHeight;
  const spareWidth = info.inWidth + left + right - info.effectiveFilterWidth;
  const height = Math.floor(spareHeight / info.strideHeight) + 1;
  const width = Math.floor(spareWidth / info.strideWidth) + 1;
  if (height !== info.outHeight || width !== info.outWidth) {
    const rule = `one that gives ${info.outHeight} x ${info.outWidth} pixels, as tfjs computed, rather than ${height} x ${width}`;
    throw expected(name, 'pad', rule, pad, 'Give the pads of each side, and round down.');
  }
  const steppedOver = (info.outHeight - 1) * info.strideHeight < spareHeight || (info.outWidth - 1) * info.strideWidth < spareWidth;
  if (pad !== 'same' || !steppedOver) return stock(name)(call);
  const explicit = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return stock(name)({ ...call, attrs: { ...call.attrs, pad: explicit } });
}

function guarded(name: string): TrainingKernel {
  return defineKernel<Inputs, ConvolutionAttributes>(name, (call, context) => runGuarded(name, true, call, context));
}

export const guardedConvolutions: readonly TrainingKernel[] = [guarded('DepthwiseConv2dNative'), guarded('FusedDepthwiseConv2D')];
