import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { enableTrainingKernels } from '../enable-training-kernels';
import { type Build, compileKernels, type KernelUrls } from './compile';

/** Serves the files that the build makes, and says which were asked for. */
const asked: string[] = [];
const server = createServer(({ url }, response) => {
  asked.push(url!);
  try {
    response.end(readFileSync(new URL(`../generated${url}`, import.meta.url)));
  } catch {
    response.statusCode = 404;
    response.end();
  }
});
let origin = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});
afterEach(() => {
  asked.length = 0;
});

const urls = (): KernelUrls => ({ relaxed: new URL('/kernels-relaxed.wasm', origin), plain: `${origin}/kernels-plain.wasm` });
const names = (module: WebAssembly.Module) => WebAssembly.Module.exports(module);

describe('the option kernelUrls', () => {
  it.each<Build>(['relaxed', 'plain'])(
    'fetches the file of the %s build, the same module as the embedded one, and no other',
    async (build) => {
      const { module } = await compileKernels('test', build, urls(), false);
      expect(asked).toEqual([`/kernels-${build}.wasm`]);
      const embedded = await compileKernels('test', build, undefined, false);
      expect(names(module)).toEqual(names(embedded.module));
      expect(asked).toHaveLength(1);
    },
  );

  it('is enough to run on', async () => {
    const training = await enableTrainingKernels({ kernelUrls: urls(), build: 'plain' });
    expect(asked).toEqual(['/kernels-plain.wasm']);
    const product = tf.tidy(() => [...tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).dataSync()]);
    expect(product).toEqual([3, 3, 3, 3]);
    training.disable();
  });

  it('is refused in words when there is no such file, and nothing is enabled then', async () => {
    const missing = { relaxed: `${origin}/none`, plain: `${origin}/none` };
    const before = tf.getKernelsForBackend('wasm').length;
    await expect(enableTrainingKernels({ kernelUrls: missing })).rejects.toThrow(
      `enableTrainingKernels: expected \`kernelUrls\` to be files that can be fetched, got "404 ${origin}/none". Serve the two .wasm files of dist/.`,
    );
    expect(tf.getKernelsForBackend('wasm')).toHaveLength(before);
  });

  it('is refused in words when nothing answers', async () => {
    const missing = { relaxed: 'nowhere:/relaxed', plain: 'nowhere:/plain' };
    await expect(compileKernels('test', 'plain', missing, false)).rejects.toThrow(
      'test: expected `kernelUrls` to be files that can be fetched, got "TypeError: fetch failed nowhere:/plain".',
    );
  });
});
