/**
 * A team of several threads. The caller does the first share itself, and every share that its thread has not begun by then:
 * so small work does not wait for a sleeping thread, a busy machine costs no more than the threads it lacks, and a thread that
 * is lost costs nothing but its help. Who does a share changes nothing in it: it comes with its own part of the scratch.
 */
import { TrainingKernelError } from '../../errors';
import type { KernelFunctionName, KernelFunctions } from '../kernel-functions';
import type { Scratch } from '../scratch';
import { countShares, shareStart, type Team } from '../team';
import { builtinModules } from './builtin-modules';
import { type Helper, startHelper } from './helper';

export interface Compiled {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** The module's functions on the calling thread. */
  readonly functions: KernelFunctions;
}

/**
 * Starts `threads - 1` threads beside the calling one.
 * @param onNotice is told of a thread that ends by itself.
 * @throws Error where there can be no threads, or none that the caller may wait for.
 */
export async function createThreads(
  threads: number,
  { module, memory, functions }: Compiled,
  scratch: Scratch,
  onNotice: (message: string) => void,
): Promise<Team> {
  const builtin = builtinModules();
  if (!builtin) throw new Error('there are no worker threads here');
  // Throws where the calling thread must not wait, as that of a page.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 1, 0);
  const names = Object.keys(functions).filter((name) => typeof functions[name as KernelFunctionName] === 'function');
  const indices = new Map(names.map((name, index) => [name, index]));
  const onLoss = (reason: string): void =>
    onNotice(
      `@groundstate/wasm: a thread ended unexpectedly (${reason}). Its share of the work is done by the calling thread from now on.`,
    );
  const starting = await Promise.allSettled(
    Array.from({ length: threads - 1 }, () => startHelper(builtin, { module, memory, names }, onLoss)),
  );
  const helpers = starting.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const end = (): void => {
    for (const helper of helpers.splice(0)) helper.end();
  };
  const failed = starting.find((start) => start.status === 'rejected');
  if (failed) {
    end();
    throw failed.reason;
  }
  return {
    threads,
    scratch,
    functions,
    run(name, items, grain, argumentsOf) {
      if (items <= 0) return;
      const call = functions[name] as (...given: readonly number[]) => void;
      const shares = countShares(items, grain, helpers.length + 1);
      const given: (readonly number[])[] = [];
      for (let share = 0; share < shares; share++) {
        given.push(argumentsOf(shareStart(items, grain, shares, share), shareStart(items, grain, shares, share + 1), share));
      }
      shareOut(helpers.slice(0, shares - 1), indices.get(name)!, call, given);
    },
    end,
  };
}

/** Calls `call`, the function `index`, for all of `given`: the first here, each other one by its helper or here. */
function shareOut(
  helpers: readonly Helper[],
  index: number,
  call: (...given: readonly number[]) => void,
  given: readonly (readonly number[])[],
): void {
  const errors: unknown[] = [];
  // Whatever fails, the others must be done before the caller goes on: they write to its tensors.
  const attempt = (values: readonly number[]): void => {
    try {
      call(...values);
    } catch (error) {
      errors.push(error);
    }
  };
  helpers.forEach((helper, at) => void helper.give(index, given[at + 1]!));
  attempt(given[0]!);
  const begun = helpers.filter((helper, at) => {
    if (!helper.takeBack()) return true;
    attempt(given[at + 1]!);
    return false;
  });
  for (const helper of begun) {
    const error = helper.finish();
    if (error !== undefined)
      errors.push(new TrainingKernelError(`@groundstate/wasm: expected a kernel to finish on every thread, got ${error}.`));
  }
  if (errors.length > 0) throw errors[0];
}
