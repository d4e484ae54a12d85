/**
 * Pointwise kernels of two float32 operands, or two masks. The arithmetic of XNNPACK is fast unless the innermost stretch of memory
 * without a repetition is short (a bias for 8 channels); comparisons, maxima and masks are slow on wasm for all shapes, and a hundred
 * times slower where one operand is repeated. Other types stay with the stock kernels.
 */
import { backend_util, type DataType, type TensorInfo } from '@tensorflow/tfjs-core';
import { combine } from '../combine';
import { sizeOf } from '../heap';
import type { Operation } from '../module/functions/broadcast';
import { broadcastStrides, joinAxes } from '../strided';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
}

/** `from` is the type of both operands, `to` that of the result; `worthwhile` may leave a call to the stock kernel. */
function pointwise(
  name: string,
  operation: Operation,
  from: DataType,
  to: DataType,
  worthwhile: (a: readonly number[], b: readonly number[], shape: readonly number[]) => boolean = () => true,
): TrainingKernel {
  return defineKernel<Inputs, object>(name, (call, { stock, team }) => {
    const { a, b } = call.inputs;
    if (a.dtype !== from || b.dtype !== from) return stock(name)(call);
    const shape = backend_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
    if (!worthwhile(a.shape, b.shape, shape)) return stock(name)(call);
    const operands = [a, b].map((tensor) => ({ tensor, strides: broadcastStrides(tensor.shape, shape) }));
    return combine(call.backend, team, operation, [operands[0]!, operands[1]!], shape, to);
  });
}

/** XNNPACK takes this many elements in a row as fast as any number. */
const LONG_RUN = 64;

/** Whether XNNPACK would have short runs to do. */
function isShortOfRuns(a: readonly number[], b: readonly number[], shape: readonly number[]): boolean {
  if (sizeOf(shape) < LONG_RUN) return false;
  const strides = [broadcastStrides(a, shape), broadcastStrides(b, shape)];
  return joinAxes({ shape, strides }).shape.at(-1)! < LONG_RUN;
}

const arithmetic = (name: string, operation: Operation): TrainingKernel => pointwise(name, operation, 'float32', 'float32', isShortOfRuns);
const comparison = (name: string, operation: Operation): TrainingKernel => pointwise(name, operation, 'float32', 'bool');

/** `LogicalNot` is neither of a mask and itself. */
const logicalNot: TrainingKernel = defineKernel<{ readonly x: TensorInfo }, object>('LogicalNot', (call, { stock, team }) => {
  const { x } = call.inputs;
  if (x.dtype !== 'bool') return stock('LogicalNot')(call);
  const operand = { tensor: x, strides: broadcastStrides(x.shape, x.shape) };
  return combine(call.backend, team, 'nor', [operand, operand], x.shape, 'bool');
});

export const broadcastKernels: readonly TrainingKernel[] = [
  arithmetic('Add', 'add'),
  arithmetic('Sub', 'subtract'),
  arithmetic('Multiply', 'multiply'),
  arithmetic('RealDiv', 'divide'),
  arithmetic('SquaredDifference', 'squaredDifference'),
  pointwise('Maximum', 'maximum', 'float32', 'float32'),
  pointwise('Minimum', 'minimum', 'float32', 'float32'),
  comparison('Greater', 'greater'),
  comparison('GreaterEqual', 'greaterEqual'),
  comparison('Less', 'less'),
  comparison('LessEqual', 'lessEqual'),
  comparison('Equal', 'equal'),
  comparison('NotEqual', 'notEqual'),
  pointwise('LogicalAnd', 'and', 'bool', 'bool'),
  pointwise('LogicalOr', 'or', 'bool', 'bool'),
  logicalNot,
];
