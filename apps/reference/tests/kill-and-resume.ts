/** Kills a process that trains and evaluates, at random moments, until it has ended, and compares what it leaves behind. */
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createNoise } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';

const target = fileURLToPath(new URL('kill-target.mjs', import.meta.url));

/** Of every run in the target: results.json, and all models. */
export type Leavings = { readonly weights: string; readonly results: readonly string[]; readonly models: readonly string[] };

const runs = ['run', 'colour', 'fewLabels'];

/** Runs the target in `folder` once; killed outright after so many milliseconds, if it is not done by then. */
async function start(folder: string, backend: string, milliseconds: number): Promise<'killed' | 'done'> {
  await mkdir(folder, { recursive: true });
  const child = spawn(process.execPath, [target, folder, backend], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  const timer = Number.isFinite(milliseconds) ? setTimeout(() => child.kill('SIGKILL'), milliseconds) : undefined;
  const [code, killedBy] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once('close', (...ended) => resolve(ended));
  });
  clearTimeout(timer);
  if (killedBy === 'SIGKILL') return 'killed';
  if (code !== 0) throw new Error(`kill-target ended with ${code}:\n${said}`);
  return 'done';
}

async function leavings(folder: string): Promise<Leavings> {
  const lists = await Promise.all(runs.map((run) => readdir(join(folder, run, 'models'), { recursive: true, withFileTypes: true })));
  const files = lists.flat().filter((file) => file.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).sort();
  return {
    weights: await readFile(join(folder, 'done.json'), 'utf8'),
    results: await Promise.all(runs.map((run) => readFile(join(folder, run, 'results.json'), 'utf8'))),
    models: await Promise.all(paths.map(async (path) => `${path.slice(folder.length)} ${(await readFile(path)).toString('base64')}`)),
  };
}

/** Undisturbed; and how long it took, in milliseconds. */
export async function undisturbed(folder: string, backend: string): Promise<{ readonly left: Leavings; readonly took: number }> {
  const from = Date.now();
  await start(folder, backend, Number.POSITIVE_INFINITY);
  return { left: await leavings(folder), took: Date.now() - from };
}

/**
 * Killed at `kills` random moments, each within a whole undisturbed run's time of its start, and then left alone. A run that
 * ends before its turn to be killed is started anew, in a folder of its own. Gives what every run that ended has left.
 */
export async function killedAndResumed(
  folder: string,
  backend: string,
  options: { readonly kills: number; readonly took: number; readonly seed: number },
): Promise<{ readonly left: readonly Leavings[]; readonly kills: number }> {
  const { kills, took, seed } = options;
  const draws = tf.tidy(() =>
    createNoise(
      seed,
      Int32Array.from({ length: 20 * kills }, (_, i) => i),
    )
      .uniform([])
      .dataSync(),
  );
  const left: Leavings[] = [];
  let done = 0;
  for (let turn = 0, run = 0; done < kills; turn++) {
    const path = join(folder, `run-${run}`);
    const state = await start(path, backend, draws[turn % draws.length]! * took);
    if (state === 'killed') done++;
    else {
      left.push(await leavings(path));
      run++;
    }
    if (done === kills && state === 'killed') {
      await start(path, backend, Number.POSITIVE_INFINITY);
      left.push(await leavings(path));
    }
  }
  return { left, kills: done };
}
