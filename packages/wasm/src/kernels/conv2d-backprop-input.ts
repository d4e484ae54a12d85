/**
 * Conv2DBackpropInput: the gradient of a convolution for its input, in place of the stock scalar loop (2 GFLOP/s).
 * At stride 1 and with enough channels it is a convolution; this file holds the general road.
 *
 * columns[p; tap, ci] = dy[p; co] * W[tap, ci; co] transposed, a plain product; then every row of columns is added to the
 * pixels it came from (col2im). An image's sums run over its own pixels in a fixed order, so its gradient is the same, bit for bit,
 * in every batch.
 */
import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';
import { type ConvolutionAttributes, chunkLength, convolutionInfo } from '../convolution-2d';
import { floats, withAlias, zeros } from '../heap';
import { inputGradientByConvolution, suitsConvolution } from '../input-gradient-by-convolution';
import { matrixProduct } from '../matrix-product';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly dy: TensorInfo;
  readonly filter: TensorInfo;
}

interface Attributes extends ConvolutionAttributes {
  readonly inputShape: readonly number[];
}

export const conv2dBackpropInput: TrainingKernel = defineKernel<Inputs, Attributes>(
  'Conv2DBackpropInput',
  ({ inputs: { dy, filter }, attrs, backend }, { stock }) => {
    const info = convolutionInfo('Conv2DBackpropInput', attrs.inputShape, filter.shape, attrs);
    const { batchSize, outHeight, outWidth, outChannels, filterHeight, filterWidth, inChannels } = info;
    const columns = filterHeight * filterWidth * inChannels;
    const pixels = batchSize * outHeight * outWidth;
    if (pixels > 0 && suitsConvolution(info)) return inputGradientByConvolution(stock, backend, dy, filter, info);
    const gradient = zeros(backend, info.inShape);
    if (pixels === 0) return gradient;

    const matrix: TensorInfo = { dataId: filter.dataId, shape: [columns, outChannels], dtype: 'float32' };
    const weights = stock('Transpose')({ inputs: { x: matrix }, attrs: { perm: [1, 0] }, backend });
    const longest = chunkLength(pixels, columns);
    // Under an alias, because a transpose without effect returns the filter itself.
    withAlias(backend, weights, 0, [1, outChannels, columns], (right) => {
      for (let first = 0; first < pixels; first += longest) {
        const count = Math.min(longest, pixels - first);
        const partial = withAlias(backend, dy, first * outChannels, [1, count, outChannels], (left) =>
          matrixProduct(stock, backend, left, right, { rows: count, inner: outChannels, columns }),
        );
        addColumns(floats(backend, partial), floats(backend, gradient), info, first, count);
        backend.disposeData(partial.dataId);
      }
    });
    backend.disposeData(weights.dataId);
    return gradient;
  },
);

/** Adds each row of `columns` to the stretch of the image that its output pixel sees, leaving out the padding. */
function addColumns(columns: Float32Array, images: Float32Array, info: backend_util.Conv2DInfo, first: number, count: number): void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth, padInfo } = info;
  for (let pixel = 0; pixel < count; pixel++) {
    const outColumn = (first + pixel) % outWidth;
    const outRow = Math.floor((first + pixel) / outWidth) % outHeight;
    const image = Math.floor((first + pixel) / (outWidth * outHeight));
    const left = outColumn * strideWidth - padInfo.left;
    const top = outRow * strideHeight - padInfo.top;
    const firstTap = Math.max(0, -left);
    const length = (Math.min(filterWidth, inWidth - left) - firstTap) * inChannels;
    for (let tapRow = Math.max(0, -top); tapRow < Math.min(filterHeight, inHeight - top); tapRow++) {
      // The taps of one filter row, with their channels, are contiguous on both sides.
      const source = ((pixel * filterHeight + tapRow) * filterWidth + firstTap) * inChannels;
      const target = ((image * inHeight + top + tapRow) * inWidth + left + firstTap) * inChannels;
      for (let offset = 0; offset < length; offset++) images[target + offset] = images[target + offset]! + columns[source + offset]!;
    }
  }
}
