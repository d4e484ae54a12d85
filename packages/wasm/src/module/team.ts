/**
 * Runs compiled kernels: one thread, or several that share out the rows of a result. Whoever calls says how the work splits;
 * a split never changes what a row is summed from, nor in which order, so any number of threads gives the same bits.
 */
import type { KernelFunctionName, KernelFunctions } from './kernel-functions';
import type { Scratch } from './scratch';

export interface Team {
  readonly threads: number;
  readonly scratch: Scratch;
  /** For what is not worth sharing out: the functions themselves, on the calling thread. */
  readonly functions: KernelFunctions;
  /**
   * Runs `name` over the items [0, `items`), in shares that begin at multiples of `grain`: `argumentsOf(from, to, thread)`
   * are the arguments for one share. Returns when all are done. Threads without a share are not called.
   */
  run(
    name: KernelFunctionName,
    items: number,
    grain: number,
    argumentsOf: (from: number, to: number, thread: number) => readonly number[],
  ): void;
  /** Ends the threads. */
  end(): void;
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
