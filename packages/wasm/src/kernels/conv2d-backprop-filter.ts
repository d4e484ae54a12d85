/**
 * Conv2DBackpropFilter: the gradient of a convolution for its filter. tfjs has no such kernel on wasm, so it cannot train there.
 *
 * dW[tap, ci; co] = sum over output pixels p of columns[tap, ci; p] * dy[p; co], where columns is im2col written transposed,
 * so that the whole is a plain product. The pixels go in chunks, which bounds the scratch and keeps XNNPACK's panels in cache.
 */
import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';
import { type ConvolutionAttributes, chunkLength, convolutionInfo } from '../convolution-2d';
import { floats, withAlias, zeros } from '../heap';
import { matrixProduct } from '../matrix-product';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly x: TensorInfo;
  readonly dy: TensorInfo;
}

interface Attributes extends ConvolutionAttributes {
  readonly filterShape: readonly number[];
}

export const conv2dBackpropFilter: TrainingKernel = defineKernel<Inputs, Attributes>(
  'Conv2DBackpropFilter',
  ({ inputs: { x, dy }, attrs, backend }, { stock }) => {
    const info = convolutionInfo('Conv2DBackpropFilter', x.shape, attrs.filterShape, attrs);
    const { batchSize, outHeight, outWidth, outChannels, filterHeight, filterWidth, inChannels } = info;
    const rows = filterHeight * filterWidth * inChannels;
    const pixels = batchSize * outHeight * outWidth;
    const gradient = zeros(backend, attrs.filterShape);
    if (pixels === 0) return gradient;

    const longest = chunkLength(pixels, rows);
    const columns = backend.makeOutput([rows, longest], 'float32');
    const sources = new Int32Array(longest);
    for (let first = 0; first < pixels; first += longest) {
      const count = Math.min(longest, pixels - first);
      writeColumns(floats(backend, x), floats(backend, columns), sources, info, first, count);
      const partial = withAlias(backend, dy, first * outChannels, [1, count, outChannels], (slice) =>
        matrixProduct(stock, backend, columns, slice, { rows, inner: count, columns: outChannels }),
      );
      addTo(floats(backend, gradient), floats(backend, partial));
      backend.disposeData(partial.dataId);
    }
    backend.disposeData(columns.dataId);
    return gradient;
  },
);

/** columns[(tap, channel), p] = the input that output pixel `first + p` sees at this tap and channel, 0 in the padding. */
function writeColumns(
  images: Float32Array,
  columns: Float32Array,
  sources: Int32Array,
  info: backend_util.Conv2DInfo,
  first: number,
  count: number,
): void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth, padInfo } = info;
  let target = 0;
  for (let tapRow = 0; tapRow < filterHeight; tapRow++) {
    for (let tapColumn = 0; tapColumn < filterWidth; tapColumn++) {
      let outColumn = first % outWidth;
      let outRow = Math.floor(first / outWidth) % outHeight;
      let image = Math.floor(first / (outWidth * outHeight));
      for (let pixel = 0; pixel < count; pixel++) {
        const row = outRow * strideHeight - padInfo.top + tapRow;
        const column = outColumn * strideWidth - padInfo.left + tapColumn;
        const inside = row >= 0 && row < inHeight && column >= 0 && column < inWidth;
        sources[pixel] = inside ? ((image * inHeight + row) * inWidth + column) * inChannels : -1;
        if (++outColumn === outWidth) {
          outColumn = 0;
          if (++outRow === outHeight) {
            outRow = 0;
            image++;
          }
        }
      }
      for (let channel = 0; channel < inChannels; channel++) {
        for (let pixel = 0; pixel < count; pixel++, target++) {
          const source = sources[pixel]!;
          columns[target] = source < 0 ? 0 : images[source + channel]!;
        }
      }
    }
  }
}

function addTo(sum: Float32Array, term: Float32Array): void {
  for (let index = 0; index < sum.length; index++) sum[index] = sum[index]! + term[index]!;
}
