/** How much memory a training on as many images as CIFAR-10 has takes, from its first step to its last attack. Linux only: it reads /proc. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { start } from './robust';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-memory-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const readable = existsSync('/proc/self/status');
if (!readable) console.warn('memory.slow.test.ts is skipped: there is no /proc here to read.');

/** MiB, or undefined once the process is gone. */
async function memoryOf(pid: number): Promise<{ readonly now: number; readonly peak: number } | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const read = (key: string): number => Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  return status.includes('VmHWM') ? { now: read('VmRSS'), peak: read('VmHWM') } : undefined;
}

it.skipIf(!readable)('training on 50,000 images in colour takes less than 1.5 GiB, and no more at the end than in the middle', async () => {
  const sizes = ['sizes.train=50000', 'sizes.epochs=1', 'sizes.test=100', 'sizes.audit.images=20'].flatMap((each) => ['--set', each]);
  const command = ['run', 'cifar10', '--preset', 'quick', '--backend', 'wasm', '--defences', 'energy-d2', '--set', 'data=null', ...sizes];
  const run = start([...command, '--out', join(folder, 'run')]);
  await run.hears(/energy-d2: training/);
  const training: number[] = [];
  let peak = 0;
  for (;;) {
    const memory = await memoryOf(run.pid);
    if (!memory) break;
    peak = Math.max(peak, memory.peak);
    if (!run.said().includes('energy-d2: trained')) training.push(memory.now);
    await wait(200);
  }
  expect(await run.ended).toBe(0);
  const third = Math.floor(training.length / 3);
  const most = (from: number, to: number): number => Math.max(...training.slice(from, to));
  const [middle, last] = [most(third, 2 * third), most(2 * third, training.length)];
  console.log(`peak ${peak.toFixed(0)} MiB; while training ${middle.toFixed(0)} MiB in the middle, ${last.toFixed(0)} MiB at the end`);
  expect(training.length).toBeGreaterThan(30);
  expect(peak).toBeLessThan(1.5 * 1024);
  expect(last).toBeLessThan(1.05 * middle);
});
