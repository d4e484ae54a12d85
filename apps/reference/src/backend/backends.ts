/** The backends, best first, and how each is brought up. Nothing here is loaded before it is tried. */
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { enableWasmKernels } from './wasm-kernels';

export interface Backend {
  /** What `--backend` calls it. */
  readonly name: string;
  /** The npm packages it lives in, and what tfjs calls it. */
  readonly packages: readonly string[];
  /** What else has to be installed. */
  readonly beside?: readonly string[];
  readonly engine: string;
  /** What has to happen besides importing its packages. */
  prepare?(): Promise<void> | void;
}

/** tfjs-node 4.22 calls two functions that Node 23 removed. */
function mendNodeUtilities(): void {
  const utilities = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  utilities.isNullOrUndefined ??= (value: unknown): boolean => value == null;
  utilities.isArray ??= Array.isArray;
}

/** WebGPU outside of a browser: Dawn, by the package `webgpu`. */
async function provideWebgpu(): Promise<void> {
  const name = 'webgpu';
  const { create, globals } = (await import(name)) as { create(flags: string[]): unknown; globals: object };
  Object.assign(globalThis, globals);
  // Node 20 has none.
  if (typeof globalThis.navigator === 'undefined') Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: create([]), configurable: true });
}

export const backends: readonly Backend[] = [
  { name: 'node-gpu', packages: ['@tensorflow/tfjs-node-gpu'], engine: 'tensorflow', prepare: mendNodeUtilities },
  { name: 'node', packages: ['@tensorflow/tfjs-node'], engine: 'tensorflow', prepare: mendNodeUtilities },
  { name: 'webgpu', packages: ['@tensorflow/tfjs-backend-webgpu'], beside: ['webgpu'], engine: 'webgpu', prepare: provideWebgpu },
  { name: 'wasm', packages: ['@tensorflow/tfjs-backend-wasm'], engine: 'wasm' },
  { name: 'cpu', packages: ['@tensorflow/tfjs-backend-cpu'], engine: 'cpu' },
];

/** Loads a backend and makes it the active one. `say` is told what the user should know: why there are fewer threads, say. */
export async function startBackend(backend: Backend, say: (line: string) => void = () => undefined): Promise<void> {
  await backend.prepare?.();
  for (const name of backend.packages) await import(name);
  if (!(await tf.setBackend(backend.engine))) throw new Error('it could not be started');
  await tf.ready();
  if (backend.engine === 'wasm') await enableWasmKernels(say);
}
