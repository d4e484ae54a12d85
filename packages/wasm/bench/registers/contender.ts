/** What the machine can do at most: `measurePeak` of both builds, on one thread or on several at once. Argument: the threads. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Peak, Work } from '../cases/work';
import { serve, Unable, type Workload } from '../contenders/serve';

const threads = Number(process.argv[2]);

// Node 20 has relaxed SIMD behind a flag; later ones know it no more and need none.
if (Number(process.versions.v8.split('.')[0]) < 12) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');

/** Plain JavaScript, since a worker does not inherit the loader of TypeScript. */
const LOOP = `
const { parentPort, workerData } = require('node:worker_threads');
const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
const { measurePeak } = new WebAssembly.Instance(workerData, { env: { memory } }).exports;
parentPort.on('message', (turns) => {
  measurePeak(turns, 1024);
  parentPort.postMessage(new Float32Array(memory.buffer, 1024, 4).slice());
});
`;

function create(work: Work): Workload {
  const { build, turns } = work as Peak;
  const file = fileURLToPath(new URL(`../../src/generated/kernels-${build}.wasm`, import.meta.url));
  if (!existsSync(file)) throw new Unable('the kernels are not built: npm run build');
  const bytes = readFileSync(file);
  if (!WebAssembly.validate(bytes)) throw new Unable('this engine has no relaxed SIMD');
  const module = new WebAssembly.Module(bytes);
  const workers = Array.from({ length: threads }, () => new Worker(LOOP, { eval: true, workerData: module }));
  return {
    run: async () => void (await Promise.all(workers.map((worker) => turn(worker, turns)))),
    // The loop multiplies zeros: its answer is known before it runs.
    answer: { values: () => new Float32Array(4) },
    release: () => workers.forEach((worker) => void worker.terminate()),
  };
}

function turn(worker: Worker, turns: number): Promise<Float32Array> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (sums: Float32Array) => {
      worker.off('error', reject);
      resolve(sums);
    });
    worker.postMessage(turns);
  });
}

await serve({ title: `registers, ${threads === 1 ? '1 thread' : `${threads} threads`}`, kinds: ['peak'], create });
