/** What the pools of images share: the geometry, with what is refused, and the calls of the compiled functions. */
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { expected } from '../errors';
import { addressOf, type WasmBackend } from '../heap';
import { type PoolGeometry, PoolKind } from '../module/functions/pooling';
import type { Team } from '../module/team';
import type { PoolAttributes } from './pooling';

type Shape4D = [batch: number, height: number, width: number, channels: number];

export interface Pool {
  readonly outShape: Shape4D;
  readonly geometry: PoolGeometry;
}

/** `outputShape` is that of an output which is there already; a pool that is to make one has none. */
export function describePool(owner: string, input: TensorInfo, attributes: PoolAttributes<2>, outputShape?: readonly number[]): Pool {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  if (input.dtype !== 'float32') throw expected(owner, 'x', 'of dtype float32', input.dtype, 'Cast it first.');
  if (input.shape.length !== 4) {
    throw expected(owner, 'x', 'of four dimensions', input.shape, 'They are the batch, the height, the width and the channels.');
  }
  // Dilated pools never reach the kernels: tfjs makes plain ones of them.
  const info = backend_util.computePool2DInfo(input.shape as Shape4D, filterSize, strides, 1, pad, dimRoundingMode);
  const { batchSize, inHeight, inWidth, inChannels, filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const [outHeight, outWidth] = outputShape ? [outputShape[1]!, outputShape[2]!] : [info.outHeight, info.outWidth];
  const { top, left } = info.padInfo;
  const sizes = [outHeight, outWidth, filterHeight, filterWidth];
  if (![...sizes, strideHeight, strideWidth, top, left].every(Number.isInteger) || Math.min(...sizes) < 0) {
    const given = { shape: input.shape, filterSize, strides, pad };
    throw expected(
      owner,
      'filterSize, strides and pad',
      'integers, and the window no larger than the image',
      given,
      'Take a smaller window.',
    );
  }
  return {
    outShape: [batchSize, outHeight, outWidth, inChannels],
    geometry: [inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth, top, left],
  };
}

/** As many floats as a thread should have to read before it is worth waking. */
const FLOATS_PER_SHARE = 2 ** 15;

function grainOf(floats: number): number {
  return Math.max(1, Math.ceil(FLOATS_PER_SHARE / Math.max(1, floats)));
}

export interface PoolOutputs {
  readonly output: TensorInfo;
  readonly positions?: TensorInfo;
  readonly wholeBatch?: boolean;
}

/** Fills `output` (and `positions`), sharing out its rows of pixels. */
export function runPool(team: Team, backend: WasmBackend, kind: PoolKind, input: TensorInfo, pool: Pool, outputs: PoolOutputs): void {
  const { geometry, outShape } = pool;
  const [, , channels, outHeight, outWidth, windowHeight, windowWidth] = geometry;
  const source = addressOf(backend, input);
  const target = addressOf(backend, outputs.output);
  const positions = outputs.positions ? addressOf(backend, outputs.positions) : 0;
  const wholeBatch = outputs.wholeBatch ? 1 : 0;
  const grain = grainOf(outWidth * channels * windowHeight * windowWidth);
  team.run('pool', outShape[0] * outHeight, grain, (from, to) => [
    ...[kind, source, target, positions, wholeBatch],
    ...geometry,
    ...[from, to],
  ]);
}

/**
 * A new gradient of `input` from that of the output, `dy`; `output` is needed for the maximum alone. The size of the output is
 * that of `dy`, for tfjs tells the gradient nothing of the rounding mode.
 */
export function runPoolGradient(
  owner: string,
  team: Team,
  backend: WasmBackend,
  tensors: { readonly dy: TensorInfo; readonly input: TensorInfo; readonly output?: TensorInfo },
  attributes: PoolAttributes<2>,
): TensorInfo {
  const { dy, input, output } = tensors;
  const { outShape, geometry } = describePool(owner, input, attributes, dy.shape);
  for (const [name, tensor] of Object.entries(output ? { dy, output } : { dy })) {
    if (tensor.dtype === 'float32' && `${tensor.shape}` === `${outShape}`) continue;
    throw expected(owner, name, `of float32 and shape [${outShape}]`, [tensor.dtype, tensor.shape], 'It belongs to another pool.');
  }
  const gradient = backend.makeOutput(input.shape, 'float32');
  const kind = output ? PoolKind.maximum : PoolKind.mean;
  const addresses = [input, output ?? input, dy, gradient].map((tensor) => addressOf(backend, tensor));
  const [, , channels, outHeight, outWidth, windowHeight, windowWidth] = geometry;
  const grain = grainOf(outHeight * outWidth * channels * windowHeight * windowWidth);
  team.run('poolGradient', outShape[0], grain, (from, to) => [kind, ...addresses, ...geometry, from, to]);
  return gradient;
}
