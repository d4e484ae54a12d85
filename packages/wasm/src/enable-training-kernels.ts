/**
 * Puts this package's kernels in the place of the stock ones of the tfjs wasm backend, and takes them out again.
 * They lean on the inside of tfjs 4.22 (its table of tensors, which of its kernels are right), hence the check of the version.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expected } from './errors';
import type { WasmBackend } from './heap';
import { type Build, compileKernels, type KernelUrls } from './module/compile';
import type { KernelFunctions } from './module/kernel-functions';
import { createScratch, type Scratch } from './module/scratch';
import { createSoloist, type Team } from './module/team';
import { isShared, startOnSharedHeap } from './module/threads/shared-heap';
import { countThreads } from './module/threads/thread-count';
import { type Compiled, createThreads } from './module/threads/threaded-team';
import { registerAll } from './register';

/** Options of enableTrainingKernels; all have defaults. */
export interface TrainingKernelsOptions {
  /** @default 'relaxed' (FMA) where the engine has it, else 'plain' */
  readonly build?: Build;
  /** Fetches the compiled kernels instead of taking the embedded bytes. */
  readonly kernelUrls?: KernelUrls;
  /**
   * How many threads share out the work of a kernel: 1 to 64, or 'auto' for as many as there are processors, up to 8. The
   * results are the same, bit for bit. More than one needs Node, and a wasm backend without tensors, which is started anew in
   * shared memory; where that cannot be had it is one thread, and `onNotice` says so. In a browser 'auto' is 1.
   * @default 1
   */
  readonly threads?: number | 'auto';
  /** Is told when there are fewer threads than were asked for, and why. @default console.warn */
  readonly onNotice?: (message: string) => void;
}

/** What is enabled, and the way back. */
export interface TrainingKernels {
  /** The names of the kernels that are ours now. */
  readonly kernels: readonly string[];
  /** The kernels whose gradients are ours now, on the wasm backend. */
  readonly gradients: readonly string[];
  readonly build: Build;
  /** How many there are, the calling one included. */
  readonly threads: number;
  /** The bytes of the heap that the kernels work in: as many as the largest call needed so far. */
  scratchBytes(): number;
  /** Restores the stock kernels; those that tfjs lacks are missing again. Harmless when called twice. */
  disable(): void;
}

const BACKEND = 'wasm';
const OWNER = 'enableTrainingKernels';

/** Shared by all copies of this package in a process: ESM and CJS meet in one registry of tfjs. */
const slot = Symbol.for('groundstate.wasm.training-kernels');
const shared = globalThis as { [slot]?: Promise<TrainingKernels> };

/**
 * Starts the wasm backend, makes it the active one, and registers the kernels that it needs to train convolutional networks
 * correctly and fast. Called again it returns what is there.
 *
 * @example
 * import '@tensorflow/tfjs-backend-wasm';
 * const training = await enableTrainingKernels();
 * @throws {TrainingKernelError} when tfjs-core is not 4.22.x, the wasm backend has not been imported or is not the one of
 * 4.22, or the engine has no SIMD.
 */
export async function enableTrainingKernels(options: TrainingKernelsOptions = {}): Promise<TrainingKernels> {
  checkCoreVersion(tf.version_core);
  if (tf.findBackendFactory(BACKEND) == null) {
    throw expected(OWNER, 'backend', "registered under the name 'wasm'", null, "Import '@tensorflow/tfjs-backend-wasm' first.");
  }
  const notice: Notice = options.onNotice ?? ((message) => console.warn(message));
  const threads = options.threads === undefined ? undefined : countThreads(OWNER, options.threads);
  const before = shared[slot];
  const starting = before ?? start(options, threads ?? 1, notice);
  shared[slot] = starting;
  try {
    const kernels = await starting;
    await tf.setBackend(BACKEND);
    if (before && threads !== undefined && threads !== kernels.threads) {
      notice(`${OWNER}: the kernels are enabled already, with ${inWords(kernels.threads)}. Call disable() first to change that.`);
    }
    return kernels;
  } catch (error) {
    if (shared[slot] === starting) delete shared[slot];
    throw error;
  }
}

/** The kernels rely on what tfjs 4.22 does inside. */
export function checkCoreVersion(version: string): void {
  if (/^4\.22\.\d+$/.test(version)) return;
  throw expected(OWNER, '@tensorflow/tfjs-core', 'version 4.22.x', version, 'Install 4.22.0, or train without these kernels.');
}

type Notice = (message: string) => void;

const inWords = (threads: number): string => (threads === 1 ? 'one thread' : `${threads} threads`);

async function start(options: TrainingKernelsOptions, threads: number, notice: Notice): Promise<TrainingKernels> {
  const refusal = threads > 1 ? await startOnSharedHeap(BACKEND) : undefined;
  if (refusal !== undefined) notice(`${OWNER}: one thread instead of ${threads}, since ${refusal}`);
  if (!(await tf.setBackend(BACKEND))) {
    throw expected(OWNER, 'backend', 'one that can be started', BACKEND, 'tfjs says above why it cannot.');
  }
  const backend = checkBackend(tf.backend() as unknown as WasmBackend);
  const { memory } = backend.wasm.asm;
  const { build, module } = await compileKernels(OWNER, options.build, options.kernelUrls, isShared(memory));
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const team = await createTeam(
    refusal === undefined ? threads : 1,
    { module, memory, functions: exports as unknown as KernelFunctions },
    createScratch(backend),
    notice,
  );
  const registered = registerAll(BACKEND, memory, team);
  const handle: TrainingKernels = {
    kernels: registered.kernels,
    gradients: registered.gradients,
    build,
    threads: team.threads,
    scratchBytes: () => team.scratch.bytes,
    disable() {
      if (!registered.restore()) return;
      team.end();
      // A backend that was removed has taken its heap with it.
      if (backend.wasm) team.scratch.free();
      delete shared[slot];
    },
  };
  return handle;
}

async function createTeam(threads: number, compiled: Compiled, scratch: Scratch, notice: Notice): Promise<Team> {
  if (threads > 1) {
    try {
      return await createThreads(threads, compiled, scratch, notice);
    } catch (error) {
      notice(
        `${OWNER}: one thread instead of ${threads}, since no others can be started (${error instanceof Error ? error.message : String(error)}).`,
      );
    }
  }
  return createSoloist(compiled.functions, scratch);
}

/** The inside of the backend that the kernels use; another release may have moved it. */
function checkBackend(backend: WasmBackend): WasmBackend {
  const { wasm } = backend;
  const known = typeof wasm?._malloc === 'function' && typeof wasm._free === 'function' && wasm.asm?.memory instanceof WebAssembly.Memory;
  if (!known) {
    throw expected(OWNER, '@tensorflow/tfjs-backend-wasm', 'version 4.22.x', 'another', 'Install 4.22.0, or train without these kernels.');
  }
  return backend;
}
