/**
 * Access to the heap of the tfjs wasm backend.
 *
 * Every tensor of that backend is a block of one WebAssembly.Memory. The memory grows, and growing detaches every
 * typed array over it: read an array again after anything that allocates (`makeOutput`, a stock kernel).
 */
import type { DataType, TensorInfo, TypedArray } from '@tensorflow/tfjs-core';

/** One entry of the backend's table of tensors. */
interface HeapBlock {
  readonly id: number;
  /** In bytes. */
  readonly memoryOffset: number;
  readonly shape: readonly number[];
}

/** The part of tfjs-backend-wasm 4.22's `BackendWasm` that the kernels use; its published type keeps some of it private. */
export interface WasmBackend {
  readonly wasm: {
    readonly tfjs: { disposeData(id: number): void };
    readonly asm: { readonly memory: WebAssembly.Memory };
    /** The heap's own allocator: a block of bytes, or 0 where there is no room. */
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
  readonly dataIdMap: { get(dataId: object): HeapBlock; delete(dataId: object): boolean };
  makeOutput(shape: readonly number[], dtype: DataType, memoryOffset?: number): TensorInfo;
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

/** Where a tensor's elements begin: a byte address in the heap, a multiple of 8. It stays the same when the heap grows. */
export function addressOf(backend: WasmBackend, tensor: TensorInfo): number {
  return backend.dataIdMap.get(tensor.dataId).memoryOffset;
}

/** A new float32 tensor of zeros (the heap hands out memory that has been used before). */
export function zeros(backend: WasmBackend, shape: readonly number[]): TensorInfo {
  const output = backend.makeOutput([...shape], 'float32');
  floats(backend, output).fill(0);
  return output;
}

/** The backend keeps the shape at creation, which a reshape does not touch. */
export function shapeAtCreation(backend: WasmBackend, tensor: TensorInfo): readonly number[] {
  return backend.dataIdMap.get(tensor.dataId).shape;
}

/**
 * Lends `use` a second name for a stretch of a float32 tensor: no copy, and an identity of its own.
 * The alias must not outlive the call, and is taken off the tables without freeing the memory, which is not its own.
 */
export function withAlias<Result>(
  backend: WasmBackend,
  tensor: TensorInfo,
  firstElement: number,
  shape: readonly number[],
  use: (alias: TensorInfo) => Result,
): Result {
  const { memoryOffset } = backend.dataIdMap.get(tensor.dataId);
  const alias = backend.makeOutput([...shape], 'float32', memoryOffset + firstElement * Float32Array.BYTES_PER_ELEMENT);
  const { id } = backend.dataIdMap.get(alias.dataId);
  try {
    return use(alias);
  } finally {
    // Not disposeData of the backend: that would also free the memory.
    backend.wasm.tfjs.disposeData(id);
    backend.dataIdMap.delete(alias.dataId);
  }
}
