/** Conv2DBackpropFilter: the gradient of a convolution for its filter (assembly/filter-gradient.ts). tfjs has no such kernel on wasm. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import {
  asMatrix,
  bandRowBytes,
  type ConvolutionAttributes,
  convolutionInfo,
  inputArguments,
  isProduct,
  outputArguments,
  overhangs,
  pixelsOf,
} from '../convolution-2d';
import { pointsFor } from '../convolve';
import { addressOf, sizeOf, zeros } from '../heap';
import { matrixProduct } from '../matrix-product';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly x: TensorInfo;
  readonly dy: TensorInfo;
}

interface Attributes extends ConvolutionAttributes {
  readonly filterShape: readonly number[];
}

const OWNER = 'Conv2DBackpropFilter';

export const conv2dBackpropFilter: TrainingKernel = defineKernel<Inputs, Attributes>(
  OWNER,
  ({ inputs: { x, dy }, attrs, backend }, { team }) => {
    const { filterShape } = attrs;
    const info = convolutionInfo(OWNER, x.shape, filterShape, attrs);
    const { batchSize, outChannels, inChannels, filterHeight, filterWidth } = info;
    const pixels = pixelsOf(info);
    if (pixels === 0 || sizeOf(filterShape) === 0) return zeros(backend, filterShape);
    if (isProduct(info)) {
      const [a, b] = [asMatrix(x, pixels, inChannels), asMatrix(dy, pixels, outChannels)];
      const { dataId } = matrixProduct(team, backend, { owner: OWNER, a, b, transposeA: true, transposeB: false });
      return { dataId, shape: [...filterShape], dtype: 'float32' };
    }
    const { functions } = team;
    const slopes = addressOf(backend, dy);
    const finite = !overhangs(info) || functions.allFinite(slopes, pixels * outChannels) !== 0;
    const { outHeight, outWidth, strideHeight, strideWidth } = info;
    const input = addressOf(backend, x);
    const shape = { channels: inChannels, columns: outChannels, strideWidth, outputColumns: outWidth, width: filterWidth };
    const moderate = () =>
      functions.allModerate(slopes, pixels * outChannels) !== 0 && functions.allModerate(input, sizeOf(info.inShape)) !== 0;
    const suits = finite ? pointsFor(team, shape) : 0;
    const points = suits > 0 && moderate() ? suits : 0;
    const sharedBytes = points ? functions.minimalGradientBytes(points, filterHeight, inChannels, outChannels) : 0;
    const threadBytes = points
      ? functions.minimalScratch(points, outWidth, strideHeight, filterHeight, filterWidth, inChannels, outChannels)
      : functions.filterGradientScratch(bandRowBytes(info), outChannels);
    const [sharedPart, threadPart] = [sharedBytes, threadBytes].map((bytes) => Math.ceil(bytes / 64) * 64) as [number, number];
    const scratch = finite ? team.scratch.take(sharedPart + threadPart * team.threads) : 0;
    const gradient = backend.makeOutput([...filterShape], 'float32');
    const target = addressOf(backend, gradient);
    const images = [batchSize, input, ...inputArguments(info), slopes, ...outputArguments(info)];
    const areaOf = (thread: number) => scratch + sharedPart + thread * threadPart;
    if (points) {
      const narrow = [batchSize, input, ...inputArguments(info), slopes, outHeight, outWidth, strideHeight, filterHeight, filterWidth];
      team.run('filterGradientMinimally', functions.filterTiles(filterHeight, inChannels), 1, (from, to, thread) => [
        ...[points, from, to, ...narrow, outChannels, target, scratch, areaOf(thread)],
      ]);
    } else if (finite) {
      const tiles = functions.filterTiles(filterHeight, filterWidth * inChannels);
      team.run('filterGradient', tiles, 1, (from, to, thread) => [
        ...[from, to, ...images, filterHeight, filterWidth, outChannels, target, areaOf(thread)],
      ]);
    } else {
      const taps = filterHeight * filterWidth * inChannels;
      team.run('filterGradientCarefully', taps, 1, (from, to) => [from, to, ...images, filterWidth, outChannels, target]);
    }
    return gradient;
  },
);
