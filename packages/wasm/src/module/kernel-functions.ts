/**
 * What the compiled module exports: assembly/index.ts seen from here. Addresses are bytes in the heap of the backend, sizes
 * are numbers of elements unless they say bytes; `from` and `to` bound the share of the work that one thread does.
 */
export interface KernelFunctions {
  multiplyTile(a: number, b: number, k: number, sums: number): void;
  measurePeak(turns: number, address: number): void;
}

export type KernelFunctionName = keyof KernelFunctions;
