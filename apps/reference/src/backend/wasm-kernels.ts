/** Our kernels of the wasm backend: with how many threads they run in this process, and which of their builds. */
import { enableTrainingKernels, type TrainingKernels } from '@groundstate/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { wantedThreads } from './threads';

export type WasmKernels = Pick<TrainingKernels, 'threads' | 'build'>;

/** As there is one wasm backend in a process, so there is one of these. */
let enabled: TrainingKernels | undefined;

/** Takes the wasm backend, which is active already, to our kernels. `say` is told why there are fewer threads than wanted. */
export async function enableWasmKernels(say: (line: string) => void): Promise<void> {
  enabled = await enableTrainingKernels({ threads: wantedThreads(), onNotice: say });
}

/** Undefined where another backend is the active one. */
export function wasmKernels(): WasmKernels | undefined {
  if (!enabled || tf.getBackend() !== 'wasm') return undefined;
  const { threads, build } = enabled;
  return { threads, build };
}

/** For people. */
export function threadsInWords({ threads }: Pick<WasmKernels, 'threads'>): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}
