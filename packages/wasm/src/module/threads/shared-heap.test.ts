import fs from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setWasmPath } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WasmBackend } from '../../heap';
import { isShared, startOnSharedHeap } from './shared-heap';

const PRIORITY = tf.engine().registryFactory.wasm!.priority;
const original = process.env.TMPDIR;
const temporary = fs.mkdtempSync(join(tmpdir(), 'groundstate-test-'));

const backend = () => tf.backend() as unknown as WasmBackend & { numDataIds(): number };
const onSharedHeap = () => isShared(backend().wasm.asm.memory);
/** The answer of a kernel of the backend's own. */
const product = () => [...tf.tidy(() => tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync())];

/** The backend as it is before anybody uses it. */
function unstarted(): void {
  const { factory, priority } = tf.engine().registryFactory.wasm!;
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', factory, priority);
}

beforeEach(() => {
  unstarted();
  process.env.TMPDIR = temporary;
});

afterEach(() => {
  vi.restoreAllMocks();
  // Whatever happened, nothing is left on the disk.
  expect(fs.readdirSync(temporary)).toEqual([]);
});

afterAll(() => {
  if (original === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = original;
  fs.rmdirSync(temporary);
});

describe('a shared heap', () => {
  it('is what the backend starts on, and works on', async () => {
    expect(await startOnSharedHeap('wasm')).toBeUndefined();
    expect(tf.getBackend()).toBe('wasm');
    expect(onSharedHeap()).toBe(true);
    expect(product()).toEqual([11]);
  });

  it('is what a backend without tensors is started anew on, quietly, at the priority that it had', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await tf.setBackend('wasm');
    const before = backend();
    expect(await startOnSharedHeap('wasm')).toBeUndefined();
    expect(backend()).not.toBe(before);
    expect(onSharedHeap()).toBe(true);
    expect(tf.engine().registryFactory.wasm!.priority).toBe(PRIORITY);
    expect(product()).toEqual([11]);
    expect(warn).not.toHaveBeenCalled();
  });

  it('is kept by a backend that has it, with its tensors', async () => {
    await startOnSharedHeap('wasm');
    const before = backend();
    const tensor = tf.tensor1d([1, 2]);
    expect(await startOnSharedHeap('wasm')).toBeUndefined();
    expect(backend()).toBe(before);
    expect([...tensor.dataSync()]).toEqual([1, 2]);
    tensor.dispose();
  });

  it('cannot be had by a backend that holds tensors, which it keeps', async () => {
    await tf.setBackend('wasm');
    const before = backend();
    const tensor = tf.tensor1d([1, 2]);
    expect(await startOnSharedHeap('wasm')).toBe(
      'the wasm backend holds tensors already (1), in memory that is not shared. Call enableTrainingKernels before the first of them is made.',
    );
    expect(backend()).toBe(before);
    expect([...tensor.dataSync()]).toEqual([1, 2]);
    tensor.dispose();
  });

  it('is not what later backends start on', async () => {
    await startOnSharedHeap('wasm');
    unstarted();
    await tf.setBackend('wasm');
    expect(onSharedHeap()).toBe(false);
    expect(product()).toEqual([11]);
  });

  it('is not made out of a file that is not known', async () => {
    const read = fs.readFileSync;
    vi.spyOn(fs, 'readFileSync').mockImplementation(((...given: Parameters<typeof read>) =>
      String(given[0]).endsWith('.wasm') ? Buffer.concat([read(given[0]) as Buffer, Buffer.of(0)]) : read(...given)) as typeof read);
    await tf.setBackend('cpu');
    expect(await startOnSharedHeap('wasm')).toBe(
      'tfjs-backend-wasm-simd.wasm is not the one of tfjs 4.22.0. Install @tensorflow/tfjs-backend-wasm 4.22.0.',
    );
    expect(tf.getBackend()).toBe('cpu');
  });

  it('is refused where there is no place to write, and the backend that ran still runs', async () => {
    await tf.setBackend('wasm');
    const before = backend();
    process.env.TMPDIR = join(temporary, 'missing');
    expect(await startOnSharedHeap('wasm')).toMatch(/^the wasm backend does not start on shared memory \(ENOENT.*\)\.$/);
    expect(backend()).toBe(before);
  });

  it('is refused where tfjs does not start on it, and a stock backend starts afterwards', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const write = fs.writeFileSync;
    vi.spyOn(fs, 'writeFileSync').mockImplementation((file) => write(file, 'no module'));
    expect(await startOnSharedHeap('wasm')).toBe('the wasm backend does not start on shared memory (tfjs says above why).');
    await tf.setBackend('wasm');
    expect(onSharedHeap()).toBe(false);
    expect(product()).toEqual([11]);
    vi.restoreAllMocks();
    unstarted();
    expect(await startOnSharedHeap('wasm')).toBeUndefined();
    expect(onSharedHeap()).toBe(true);
  });

  it('is refused where tfjs was told to load another file, which it loads', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const resolve = createRequire(import.meta.url).resolve;
    setWasmPath(resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm'));
    try {
      expect(await startOnSharedHeap('wasm')).toBe('the wasm backend was given a file of its own with setWasmPath.');
    } finally {
      setWasmPath(null as unknown as string);
    }
    expect(onSharedHeap()).toBe(false);
    expect(product()).toEqual([11]);
  });

  it('is refused where the backend did not come out of its package', async () => {
    const { cache } = createRequire(import.meta.url);
    const entry = Object.keys(cache).find((path) => path.endsWith('tf-backend-wasm.node.js'))!;
    const { [entry]: loaded } = cache;
    delete cache[entry];
    try {
      expect(await startOnSharedHeap('wasm')).toBe(
        'the file of the wasm backend cannot be found: Node has not loaded it from @tensorflow/tfjs-backend-wasm.',
      );
    } finally {
      cache[entry] = loaded;
    }
  });

  it('is refused where there is no Node', async () => {
    vi.stubGlobal('process', undefined);
    const refusal = await startOnSharedHeap('wasm').finally(() => vi.unstubAllGlobals());
    expect(refusal).toBe('threads need Node 20.16 or newer.');
  });
});
