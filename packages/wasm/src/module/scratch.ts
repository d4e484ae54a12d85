/**
 * Memory that kernels work in while they run: packed panels, padded images. One block on the backend's heap, taken with its
 * own allocator, reused by every kernel, as large as the largest of them asked for. What is in it lasts for one kernel.
 */
import { TrainingKernelError } from '../errors';
import type { WasmBackend } from '../heap';

const ALIGNMENT = 64;
/** The block grows in such steps, so that it settles early. */
const STEP = 256 * 1024;

export interface Scratch {
  /** How large the block is now, in bytes. */
  readonly bytes: number;
  /**
   * The address of at least `bytes` bytes, aligned to 64. Lasts until the next call. May grow the heap: typed arrays over it
   * must be made anew.
   */
  take(bytes: number): number;
  /** Gives the block back. */
  free(): void;
}

export function createScratch(backend: WasmBackend): Scratch {
  let block = 0;
  let size = 0;
  const free = (): void => {
    if (block !== 0) backend.wasm._free(block);
    [block, size] = [0, 0];
  };
  return {
    get bytes() {
      return size;
    },
    take(bytes) {
      if (bytes > size) {
        free();
        const wanted = Math.ceil(bytes / STEP) * STEP;
        block = backend.wasm._malloc(wanted + ALIGNMENT) >>> 0;
        if (block === 0) {
          throw new TrainingKernelError(
            `@groundstate/wasm: expected the heap to have ${wanted} bytes to work in, got none. Take smaller batches.`,
          );
        }
        size = wanted;
      }
      return Math.ceil(block / ALIGNMENT) * ALIGNMENT;
    },
    free,
  };
}
