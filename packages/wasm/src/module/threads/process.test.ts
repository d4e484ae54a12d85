import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../..', import.meta.url));

interface Outcome {
  /** Null where the process had to be killed. */
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program that has two threads, in a process of its own. */
function run(rest: string, ...flags: readonly string[]): Promise<Outcome> {
  const program = `
    import * as tf from '@tensorflow/tfjs-core';
    import '@tensorflow/tfjs-backend-wasm';
    import { enableTrainingKernels } from './src/index.ts';
    const training = await enableTrainingKernels({ threads: 2 });
    const ones = tf.ones([300, 300]);
    const product = () => tf.tidy(() => tf.matMul(ones, ones).dataSync()[299]);
    console.log(training.threads, product());
    ${rest}`;
  const parameters = [...flags, '--import', 'tsx', '--conditions=@groundstate/source', '--input-type=module', '--eval', program];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, parameters, { cwd: folder, timeout: 30_000, stdio: ['ignore', 'pipe', 'pipe'] });
    const output: string[] = [];
    child.stdout.on('data', (data) => output.push(String(data)));
    child.stderr.on('data', (data) => output.push(String(data)));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output: output.join('') }));
  });
}

describe('a process with threads', () => {
  it('ends when its own work is done, whether they sleep, work or have been ended', async () => {
    const outcomes = await Promise.all([
      run('await new Promise((resolve) => setTimeout(resolve, 50));'),
      run('setTimeout(() => process.exit(3), 20); setInterval(product, 1);'),
      run('training.disable();'),
    ]);
    expect(outcomes).toEqual([
      { code: 0, output: '2 300\n' },
      { code: 3, output: '2 300\n' },
      { code: 0, output: '2 300\n' },
    ]);
  });

  it('may check the bounds of its memory by itself, and the memory may grow', async () => {
    const grown = 'const more = tf.zeros([3e7]); const late = tf.ones([300, 300]); console.log(tf.matMul(late, late).dataSync()[89999]);';
    expect(await run(grown, '--wasm-enforce-bounds-checks')).toEqual({ code: 0, output: '2 300\n300\n' });
  });
});
