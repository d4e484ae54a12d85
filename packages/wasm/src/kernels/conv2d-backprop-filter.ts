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
    const threadBytes = functions.filterGradientScratch(bandRowBytes(info), outChannels);
    const scratch = finite ? team.scratch.take(threadBytes * team.threads) : 0;
    const gradient = backend.makeOutput([...filterShape], 'float32');
    const target = addressOf(backend, gradient);
    const images = [batchSize, addressOf(backend, x), ...inputArguments(info), slopes, ...outputArguments(info)];
    if (finite) {
      const tiles = functions.filterTiles(filterHeight, filterWidth * inChannels);
      team.run('filterGradient', tiles, 1, (from, to, thread) => [
        ...[from, to, ...images, filterHeight, filterWidth, outChannels, target, scratch + thread * threadBytes],
      ]);
    } else {
      const taps = filterHeight * filterWidth * inChannels;
      team.run('filterGradientCarefully', taps, 1, (from, to) => [from, to, ...images, filterWidth, outChannels, target]);
    }
    return gradient;
  },
);
