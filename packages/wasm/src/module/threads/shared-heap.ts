/**
 * Starts the stock backend on a heap that threads can share. tfjs reads its binary from a file, so the changed one is
 * written into a new folder of this user's alone, and removed as soon as tfjs has read it.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../../heap';
import { type BuiltinModules, builtinModules } from './builtin-modules';
import { STOCK_SHA256, withSharedHeap } from './shared-binary';

/** What tfjs looks for, depending on the processor; all of them are one file here. */
const BINARIES = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'];
const SIMD_BINARY = 'tfjs-backend-wasm-simd.wasm';
/** The file of the backend that Node loads, by `import` as well as by `require`. */
const ENTRY = /[\\/]dist[\\/]tf-backend-wasm\.node\.js$/;

/** What that file exports. */
interface StockExports {
  setWasmPaths(files: Record<string, string>): void;
}

export function isShared(memory: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
}

/**
 * Starts the backend `name` on a shared heap and makes it the active one. One that runs already is started anew if it holds
 * no tensors.
 * @returns why that is not possible, in which case a backend that ran still runs; undefined when the heap is shared now.
 */
export async function startOnSharedHeap(name: string): Promise<string | undefined> {
  const running = tf.engine().registry[name] as (tf.KernelBackend & Partial<WasmBackend>) | undefined;
  if (running?.wasm && isShared(running.wasm.asm.memory)) return undefined;
  const tensors = running?.numDataIds() ?? 0;
  if (tensors > 0) {
    return `the wasm backend holds tensors already (${tensors}), in memory that is not shared. Call enableTrainingKernels before the first of them is made.`;
  }
  const builtin = builtinModules();
  if (!builtin) return 'threads need Node 20.16 or newer.';
  // All that was loaded, whoever loaded it: the copy whose backend is registered is the one to talk to.
  const { cache } = builtin('node:module').createRequire('/');
  const entry = Object.keys(cache).find((path) => ENTRY.test(path));
  if (entry === undefined)
    return 'the file of the wasm backend cannot be found: Node has not loaded it from @tensorflow/tfjs-backend-wasm.';
  const path = builtin('node:path');
  try {
    const stock = builtin('node:fs').readFileSync(path.join(path.dirname(entry), SIMD_BINARY));
    const hash = builtin('node:crypto').createHash('sha256').update(stock).digest('hex');
    if (hash !== STOCK_SHA256) return `${SIMD_BINARY} is not the one of tfjs 4.22.0. Install @tensorflow/tfjs-backend-wasm 4.22.0.`;
    await startFrom(name, withSharedHeap(stock), cache[entry]!.exports as StockExports, builtin);
  } catch (error) {
    return `the wasm backend does not start on shared memory (${error instanceof Error ? error.message : String(error)}).`;
  }
  const { wasm } = tf.engine().registry[name] as tf.KernelBackend & WasmBackend;
  return isShared(wasm.asm.memory) ? undefined : 'the wasm backend was given a file of its own with setWasmPath.';
}

async function startFrom(name: string, binary: Uint8Array, stock: StockExports, builtin: BuiltinModules): Promise<void> {
  const fs = builtin('node:fs');
  const path = builtin('node:path');
  const folder = fs.mkdtempSync(path.join(builtin('node:os').tmpdir(), 'groundstate-wasm-'));
  // tfjs keeps this very object and looks into it whenever it starts a backend. Emptied, it looks where it did by default.
  const files: Record<string, string> = {};
  try {
    const file = path.join(folder, SIMD_BINARY);
    fs.writeFileSync(file, binary);
    for (const name of BINARIES) files[name] = file;
    stock.setWasmPaths(files);
    restartable(name);
    if (!(await tf.setBackend(name))) throw new Error('tfjs says above why');
  } finally {
    for (const name of BINARIES) delete files[name];
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Ends the backend if it runs, so that the next setBackend starts it. */
function restartable(name: string): void {
  const { registry, registryFactory } = tf.engine();
  if (!registry[name]) return;
  const { factory, priority } = registryFactory[name]!;
  tf.removeBackend(name);
  tf.registerBackend(name, factory, priority);
}
