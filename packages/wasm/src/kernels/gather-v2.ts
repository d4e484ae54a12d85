/**
 * GatherV2: with batch dimensions the stock kernel steps through the batches wrongly and reads outside the tensor; without them
 * it is right, but computes an index for every element that it copies.
 */
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { bytesOf } from '../combine';
import { expected } from '../errors';
import { addressOf, sizeOf } from '../heap';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly x: TensorInfo;
  readonly indices: TensorInfo;
}

interface Attributes {
  readonly axis: number;
  readonly batchDims: number;
}

const OWNER = 'GatherV2';
/** Bytes that are worth a share of their own. */
const SHARE = 16384;

export const gatherV2: TrainingKernel = defineKernel<Inputs, Attributes>(OWNER, (call, { stock, team }) => {
  const { inputs, attrs, backend } = call;
  const { x, indices } = inputs;
  const size = bytesOf(x.dtype);
  if (size === 0 || indices.dtype !== 'int32') return stock(OWNER)(call);
  const axis = util.parseAxisParam(attrs.axis, x.shape)[0]!;
  // The helper wants whole tensors by its type and looks at their shapes only.
  type Shaped = Parameters<typeof backend_util.segment_util.collectGatherOpShapeInfo>[0];
  const shapes = backend_util.segment_util.collectGatherOpShapeInfo(x as Shaped, indices as Shaped, axis, attrs.batchDims);
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } = shapes;
  for (const index of backend.typedArrayFromHeap(indices)) {
    if (index >= 0 && index < dimSize) continue;
    throw expected(OWNER, 'indices', `between 0 and ${dimSize - 1}`, index, 'Check the labels or the axis.');
  }
  const output = backend.makeOutput(outputShape, x.dtype);
  const slots = sizeOf(indices.shape) / Math.max(1, batchSize);
  const bytes = sliceSize * size;
  const [source, chosen, target] = [x, indices, output].map((tensor) => addressOf(backend, tensor)) as [number, number, number];
  if (bytes > 0) {
    team.run('gather', batchSize * outerSize * slots, Math.ceil(SHARE / bytes), (from, to) => [
      from,
      to,
      source,
      chosen,
      outerSize,
      dimSize,
      slots,
      bytes,
      target,
    ]);
  }
  return output;
});
