/**
 * Which input cells each output cell of a pool or a convolution sees: the one loop behind the pool, depthwise and 3-D kernels.
 * A cell is a position (image, depth, row, column) without its channels; 2-D operations have depth 1.
 */
import type { backend_util } from '@tensorflow/tfjs-core';

type Triple = readonly [depth: number, row: number, column: number];

export interface Windows {
  readonly images: number;
  readonly input: Triple;
  readonly output: Triple;
  readonly stride: Triple;
  readonly dilation: Triple;
  readonly taps: Triple;
  /** Cells of padding before the first input cell. */
  readonly before: Triple;
}

export function windowsOf2d(info: backend_util.Conv2DInfo): Windows {
  return {
    images: info.batchSize,
    input: [1, info.inHeight, info.inWidth],
    output: [1, info.outHeight, info.outWidth],
    stride: [1, info.strideHeight, info.strideWidth],
    dilation: [1, info.dilationHeight, info.dilationWidth],
    taps: [1, info.filterHeight, info.filterWidth],
    before: [0, info.padInfo.top, info.padInfo.left],
  };
}

export function windowsOf3d(info: backend_util.Conv3DInfo): Windows {
  return {
    images: info.batchSize,
    input: [info.inDepth, info.inHeight, info.inWidth],
    output: [info.outDepth, info.outHeight, info.outWidth],
    stride: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilation: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    taps: [info.filterDepth, info.filterHeight, info.filterWidth],
    before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
  };
}

/**
 * Calls `visit` for every pair of an output cell and an input cell inside its window, padding left out.
 * The order is fixed (output cells, then taps, both row-major), so sums over an image do not depend on the batch it is in.
 */
export function forEachTap(windows: Windows, visit: (outputCell: number, inputCell: number, tap: number) => void): void {
  const { images, input, output, stride, dilation, taps, before } = windows;
  let outputCell = 0;
  for (let image = 0; image < images; image++) {
    for (let outDepth = 0; outDepth < output[0]; outDepth++) {
      for (let outRow = 0; outRow < output[1]; outRow++) {
        for (let outColumn = 0; outColumn < output[2]; outColumn++, outputCell++) {
          let tap = 0;
          for (let tapDepth = 0; tapDepth < taps[0]; tapDepth++) {
            const depth = outDepth * stride[0] - before[0] + tapDepth * dilation[0];
            for (let tapRow = 0; tapRow < taps[1]; tapRow++) {
              const row = outRow * stride[1] - before[1] + tapRow * dilation[1];
              const outside = depth < 0 || depth >= input[0] || row < 0 || row >= input[1];
              const rowStart = ((image * input[0] + depth) * input[1] + row) * input[2];
              for (let tapColumn = 0; tapColumn < taps[2]; tapColumn++, tap++) {
                const column = outColumn * stride[2] - before[2] + tapColumn * dilation[2];
                if (outside || column < 0 || column >= input[2]) continue;
                visit(outputCell, rowStart + column, tap);
              }
            }
          }
        }
      }
    }
  }
}
