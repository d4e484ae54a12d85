/**
 * The forward convolutions (Conv2D, FusedConv2D, DepthwiseConv2dNative, FusedDepthwiseConv2D). The stock kernels do the work;
 * they are kept from two mistakes:
 * - 'same' padding where the stride steps over pixels (a 2 x 2 filter at stride 3 on 6 pixels): the padding comes out negative,
 *   wraps around, and the output is silently all zeros. Given as explicit numbers the same padding works.
 * - a numeric pad with an oblong filter or unequal strides: tfjs-core computes the width from the height's filter and stride,
 *   and the kernel writes past the end of the output.
 */
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { expected } from '../errors';
import { defineKernel, type TrainingKernel } from '../training-kernel';

type Shape4D = [number, number, number, number];

interface Inputs {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
}

interface Attributes {
  readonly strides: [number, number] | number;
  readonly dilations: [number, number] | number | null;
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

function guarded(name: string, depthwise: boolean): TrainingKernel {
  return defineKernel<Inputs, Attributes>(name, (call, { stock }) => {
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
  });
}

export const guardedConvolutions: readonly TrainingKernel[] = [
  guarded('Conv2D', false),
  guarded('FusedConv2D', false),
  guarded('DepthwiseConv2dNative', true),
  guarded('FusedDepthwiseConv2D', true),
];
