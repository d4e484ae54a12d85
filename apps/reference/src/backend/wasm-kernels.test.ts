import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { environment } from '../environment';
import { chooseBackend, chooseBackendAloud } from './choose-backend';
import { threadsInWords, wasmKernels } from './wasm-kernels';

afterEach(() => vi.unstubAllEnvs());

/** In one process the kernels are enabled once, so the first test settles how many threads there are. */
describe('the kernels of wasm', () => {
  it('take the threads of GROUNDSTATE_THREADS, and are said aloud', async () => {
    vi.stubEnv('GROUNDSTATE_THREADS', '2');
    const said: string[] = [];
    expect(await chooseBackendAloud('wasm', (line) => said.push(line))).toBe('wasm');
    expect(said).toEqual(['backend: wasm, 2 threads']);
    expect(wasmKernels()).toEqual({ threads: 2, build: expect.stringMatching(/^(relaxed|plain)$/) });
  });

  it('are written down with the run, as long as wasm is what it runs on', async () => {
    await chooseBackend('wasm');
    expect(environment('groundstate run').environment.wasm).toEqual(wasmKernels());
    expect(wasmKernels()!.threads).toBe(2);
    const said: string[] = [];
    await chooseBackendAloud('cpu', (line) => said.push(line));
    expect(said).toEqual(['backend: cpu']);
    expect(environment('groundstate run').environment).not.toHaveProperty('wasm');
    expect(wasmKernels()).toBeUndefined();
  });

  it('have their notices said after the choice', async () => {
    vi.stubEnv('GROUNDSTATE_THREADS', '1');
    const said: string[] = [];
    await chooseBackendAloud('wasm', (line) => said.push(line));
    expect(said).toEqual(['backend: wasm, 2 threads', expect.stringMatching(/^enableTrainingKernels: .*already, with 2 threads/)]);
  });

  it('a number of threads that is none stops the choice, and is no reason to take another backend', async () => {
    await tf.setBackend('cpu');
    vi.stubEnv('GROUNDSTATE_THREADS', 'many');
    for (const wanted of ['auto', 'wasm', 'cpu']) {
      await expect(chooseBackend(wanted)).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringMatching(/^backend: expected `GROUNDSTATE_THREADS` to be /),
      });
    }
  });

  it('are counted in words', () => {
    expect(threadsInWords({ threads: 1 })).toBe('1 thread');
    expect(threadsInWords({ threads: 2 })).toBe('2 threads');
  });
});
