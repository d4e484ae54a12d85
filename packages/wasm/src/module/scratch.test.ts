import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrainingKernelError } from '../errors';
import type { WasmBackend } from '../heap';
import { createScratch } from './scratch';

/** A heap of which only the allocator is there: it hands out addresses that are multiples of 8, and keeps a list. */
function allocator(room = Number.POSITIVE_INFINITY) {
  const blocks = new Map<number, number>();
  let next = 8;
  const wasm = {
    _malloc(bytes: number): number {
      if (bytes > room) return 0;
      const address = next;
      blocks.set(address, bytes);
      next += Math.ceil(bytes / 8) * 8 + 8;
      return address;
    },
    _free(address: number): void {
      if (!blocks.delete(address)) throw new Error(`${address} was not handed out`);
    },
  };
  return { backend: { wasm } as unknown as WasmBackend, blocks };
}

describe('scratch', () => {
  it('lies inside of the one block that there is, aligned, and never shrinks', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000_000 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        const { backend, blocks } = allocator();
        const scratch = createScratch(backend);
        let largest = 0;
        for (const bytes of sizes) {
          const address = scratch.take(bytes);
          largest = Math.max(largest, bytes);
          const [[start, length]] = [...blocks] as [[number, number]];
          expect(blocks.size).toBe(1);
          expect(address % 64).toBe(0);
          expect(address).toBeGreaterThanOrEqual(start);
          expect(address + bytes).toBeLessThanOrEqual(start + length);
          expect(scratch.bytes).toBeGreaterThanOrEqual(largest);
        }
        scratch.free();
        scratch.free();
        expect([blocks.size, scratch.bytes]).toEqual([0, 0]);
      }),
    );
  });

  it('says so when the heap has no room, and can be asked for less then', () => {
    const { backend, blocks } = allocator(1_000_000);
    const scratch = createScratch(backend);
    scratch.take(10);
    expect(() => scratch.take(2_000_000)).toThrow(TrainingKernelError);
    expect(blocks.size).toBe(0);
    expect(scratch.take(10)).toBeGreaterThan(0);
    expect(blocks.size).toBe(1);
  });
});
