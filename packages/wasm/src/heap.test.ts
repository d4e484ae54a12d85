import type { TensorInfo } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { TrainingKernelError } from './errors';
import { addressOf, type WasmBackend } from './heap';

it('a tensor that the heap had no room for is refused, where tfjs would write to the beginning of the heap', () => {
  const offsets = [4_294_000_000, 0];
  const backend = { dataIdMap: { get: () => ({ memoryOffset: offsets.shift()! }) } } as unknown as WasmBackend;
  const tensor: TensorInfo = { dataId: {}, shape: [4, 2], dtype: 'float32' };
  expect(addressOf(backend, tensor)).toBe(4_294_000_000);
  const refused = () => addressOf(backend, tensor);
  offsets.push(0);
  expect(refused).toThrow(TrainingKernelError);
  expect(refused).toThrow('@groundstate/wasm: expected `tensor` to be one that the heap has room for, got [4,2]. Take smaller batches.');
});
