/** `@groundstate/wasm` as a page loads it: bundled, without Node, from its built files. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importBeside } from '../../scripts/packages/import-beside.mjs';
import { startChromium } from './chromium';

const root = fileURLToPath(new URL('../..', import.meta.url));
const stock = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json'));
/** No such host: every request is answered here. */
const site = 'http://groundstate.test/';
const folders = [join(root, 'packages', 'wasm', 'dist'), join(stock, 'dist')];

type Bundler = { build(options: object): Promise<{ readonly outputFiles: readonly { readonly text: string }[] }> };

/** What the page does. Gradients of a small convnet, on both backends; then what the kernels say of themselves. */
const program = `
  import * as tf from '@tensorflow/tfjs-core';
  import '@tensorflow/tfjs-core/dist/register_all_gradients';
  import '@tensorflow/tfjs-backend-cpu';
  import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
  import { enableTrainingKernels } from '@groundstate/wasm';

  setWasmPaths('${site}');
  const draw = (size, phase) => Float32Array.from({ length: size }, (_, i) => Math.sin(0.7 * i * i + phase));
  async function gradients(backend) {
    await tf.setBackend(backend);
    const results = tf.tidy(() =>
      tf.grads((images, filter, matrix) => {
        const pooled = tf.maxPool(tf.relu(tf.conv2d(images, filter, 1, 'same')), 2, 2, 'valid');
        return tf.sum(tf.square(tf.matMul(tf.reshape(pooled, [3, 36 * 5]), matrix)));
      })([tf.tensor(draw(3 * 12 * 12 * 2, 1), [3, 12, 12, 2]), tf.tensor(draw(3 * 3 * 2 * 5, 2), [3, 3, 2, 5]), tf.tensor(draw(180 * 4, 3), [180, 4])]),
    );
    const values = await Promise.all(results.map(async (result) => Array.from(await result.data())));
    tf.dispose(results);
    return values;
  }
  window.train = async (options) => {
    const notices = [];
    const training = await enableTrainingKernels({ ...options, onNotice: (notice) => notices.push(notice) });
    try {
      const { build, threads } = training;
      return { build, threads, notices, ours: await gradients('wasm'), reference: await gradients('cpu') };
    } finally {
      training.disable();
    }
  };
`;

let browser: Browser;
let page: Page;
const requests: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  const { build } = await importBeside<Bundler>('tsup', 'esbuild');
  // For a browser esbuild refuses what imports a module of Node.
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: root },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  browser = await startChromium();
  page = await browser.newPage();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.route(`${site}**`, async (route) => {
    const name = route.request().url().slice(site.length);
    requests.push(name);
    if (name === '') return route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>kernels</title>' });
    for (const folder of folders) {
      const body = await readFile(join(folder, name)).catch(() => undefined);
      if (body) return route.fulfill({ contentType: 'application/wasm', body });
    }
    return route.fulfill({ status: 404 });
  });
  await page.goto(site);
  await page.addScriptTag({ content: outputFiles[0]!.text });
});

afterAll(() => browser?.close());

type Trained = {
  readonly build: string;
  readonly threads: number;
  readonly notices: string[];
  readonly ours: number[][];
  readonly reference: number[][];
};
const train = (options: object): Promise<Trained> =>
  page.evaluate((given) => (globalThis as unknown as { train(options: object): Promise<Trained> }).train(given), options);

function expectRight({ ours, reference }: Trained): void {
  for (const [which, wanted] of reference.entries()) {
    const scale = Math.max(...wanted.map(Math.abs));
    expect(scale).toBeGreaterThan(0.1);
    const worst = Math.max(...wanted.map((value, i) => Math.abs(ours[which]![i]! - value)));
    expect(worst / scale).toBeLessThan(1e-5);
  }
}

it("takes one thread for 'auto', the embedded kernels of the better build, and computes right gradients", async () => {
  const trained = await train({ threads: 'auto' });
  expect(trained).toMatchObject({ build: 'relaxed', threads: 1, notices: [] });
  expectRight(trained);
  // The stock binary, and none of ours.
  expect(requests.filter((name) => name !== '')).toEqual([expect.stringMatching(/^tfjs-backend-wasm.*\.wasm$/)]);
});

it('says that two threads are not to be had, and computes with one', async () => {
  const trained = await train({ threads: 2, build: 'plain' });
  expect(trained).toMatchObject({
    build: 'plain',
    threads: 1,
    notices: [expect.stringMatching(/one thread instead of 2, since threads need Node/)],
  });
  expectRight(trained);
});

it('fetches the kernels where it is told to', async () => {
  const kernelUrls = { relaxed: `${site}kernels-relaxed.wasm`, plain: `${site}kernels-plain.wasm` };
  const trained = await train({ kernelUrls });
  expect(trained).toMatchObject({ build: 'relaxed', threads: 1 });
  expectRight(trained);
  expect(requests).toContain('kernels-relaxed.wasm');
  expect(complaints).toEqual([]);
});
