/**
 * Runs compiled kernels: one thread, or several that share out the rows of a result. Whoever calls says how the work splits;
 * a split never changes what a row is summed from, nor in which order, so any number of threads gives the same bits.
 */
import type { KernelFunctionName, KernelFunctions } from './kernel-functions';
import type { Scratch } from './scratch';

/** The arguments of a function for the items [`from`, `to`); `thread` says whose part of the scratch it may use. */
export type ArgumentsOf = (from: number, to: number, thread: number) => readonly number[];

export interface Team {
  readonly threads: number;
  readonly scratch: Scratch;
  /** For what is not worth sharing out: the functions themselves, on the calling thread. */
  readonly functions: KernelFunctions;
  /**
   * Runs `name` over the items [0, `items`), in shares that begin at multiples of `grain`: `argumentsOf(from, to, thread)`
   * are the arguments for one share. Returns when all are done. Threads without a share are not called. A share has `grain`
   * items or more, so a `grain` that takes some microseconds keeps small work on the calling thread.
   */
  run(name: KernelFunctionName, items: number, grain: number, argumentsOf: ArgumentsOf): void;
  /** Ends the threads. */
  end(): void;
}

/** How many threads get a share. */
export function countShares(items: number, grain: number, threads: number): number {
  return Math.max(1, Math.min(threads, Math.floor(items / grain)));
}

/** Where the share `index` of `shares` begins; that of `shares` is the end. As even as multiples of `grain` can be. */
export function shareStart(items: number, grain: number, shares: number, index: number): number {
  return Math.min(items, Math.floor((Math.ceil(items / grain) * index) / shares) * grain);
}

/** A team of the calling thread alone. */
export function createSoloist(functions: KernelFunctions, scratch: Scratch): Team {
  return {
    threads: 1,
    scratch,
    functions,
    run(name, items, _grain, argumentsOf) {
      if (items > 0) (functions[name] as (...given: readonly number[]) => void)(...argumentsOf(0, items, 0));
    },
    end() {},
  };
}
