/**
 * GatherV2 with batch dimensions: the stock kernel steps through the batches wrongly and reads outside the tensor.
 * Without batch dimensions the stock kernel is right, and does the work.
 */
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { expected } from '../errors';
import { sizeOf } from '../heap';
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

export const gatherV2: TrainingKernel = defineKernel<Inputs, Attributes>(OWNER, (call, { stock }) => {
  const { inputs, attrs, backend } = call;
  const { x, indices } = inputs;
  const axis = util.parseAxisParam(attrs.axis, x.shape)[0]!;
  // The helper wants whole tensors by its type and looks at their shapes only.
  type Shaped = Parameters<typeof backend_util.segment_util.collectGatherOpShapeInfo>[0];
  const shapes = backend_util.segment_util.collectGatherOpShapeInfo(x as Shaped, indices as Shaped, axis, attrs.batchDims);
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } = shapes;
  if (batchSize === 1 || x.dtype === 'string') return stock(OWNER)(call);

  const output = backend.makeOutput(outputShape, x.dtype);
  const written = backend.typedArrayFromHeap(output);
  const values = backend.typedArrayFromHeap(x);
  const chosen = backend.typedArrayFromHeap(indices);
  const perBatch = sizeOf(indices.shape) / batchSize;
  let target = 0;
  for (let batch = 0; batch < batchSize; batch++) {
    for (let outer = 0; outer < outerSize; outer++) {
      for (let slot = 0; slot < perBatch; slot++, target += sliceSize) {
        const index = chosen[batch * perBatch + slot]!;
        if (!(index >= 0 && index < dimSize)) {
          backend.disposeData(output.dataId);
          throw expected(OWNER, 'indices', `between 0 and ${dimSize - 1}`, index, 'Check the labels or the axis.');
        }
        const source = ((batch * outerSize + outer) * dimSize + index) * sliceSize;
        for (let offset = 0; offset < sliceSize; offset++) written[target + offset] = values[source + offset]!;
      }
    }
  }
  return output;
});
