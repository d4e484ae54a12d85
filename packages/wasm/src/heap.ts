/**
 * Access to the heap of the tfjs wasm backend.
 *
 * Every tensor of that backend is a block of one WebAssembly.Memory. The memory grows, and growing detaches every
 * typed array over it: read an array again after anything that allocates (`makeOutput`, a stock kernel).
 */
import type { DataType, TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
import { expected } from './errors';

/** One entry of the backend's table of tensors. */
interface HeapBlock {
  /** In bytes. 0 where the heap had no room. */
  readonly memoryOffset: number;
}

/** The part of tfjs-backend-wasm 4.22's `BackendWasm` that the kernels use; its published type keeps some of it private. */
export interface WasmBackend {
  readonly wasm: {
    readonly asm: { readonly memory: WebAssembly.Memory };
    /** The heap's own allocator: a block of bytes, or 0 where there is no room. */
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
  readonly dataIdMap: { get(dataId: object): HeapBlock };
  makeOutput(shape: readonly number[], dtype: DataType): TensorInfo;
  disposeData(dataId: object): boolean;
  /** One more tensor holds this memory. */
  incRef(dataId: object): void;
  typedArrayFromHeap(tensor: TensorInfo): TypedArray;
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** The elements of a float32 tensor, in place. Valid until the next allocation. */
export function floats(backend: WasmBackend, tensor: TensorInfo): Float32Array {
  return backend.typedArrayFromHeap(tensor) as Float32Array;
}

/**
 * Where a tensor's elements begin: a byte address in the heap, a multiple of 8. It stays the same when the heap grows.
 * @throws TrainingKernelError where the heap had no room for it: tfjs notices nothing, and would write to the beginning of the heap.
 */
export function addressOf(backend: WasmBackend, tensor: TensorInfo): number {
  const { memoryOffset } = backend.dataIdMap.get(tensor.dataId);
  if (memoryOffset === 0)
    throw expected('@groundstate/wasm', 'tensor', 'one that the heap has room for', tensor.shape, 'Take smaller batches.');
  return memoryOffset;
}

/** A new float32 tensor of zeros (the heap hands out memory that has been used before). */
export function zeros(backend: WasmBackend, shape: readonly number[]): TensorInfo {
  const output = backend.makeOutput([...shape], 'float32');
  floats(backend, output).fill(0);
  return output;
}
