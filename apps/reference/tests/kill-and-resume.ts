/** Kills a process that trains and evaluates, at random moments, until it has ended, and compares what it leaves behind. */
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { randomNumbers } from './random-numbers';

const target = fileURLToPath(new URL('kill-target.mjs', import.meta.url));

/** Of every run in the target: results.json, and all models. */
export type Leavings = { readonly weights: string; readonly results: readonly string[]; readonly models: readonly string[] };

const runs = ['run', 'colour', 'fewLabels'] as const;
/** Two trainings of their own come before the runs. */
const parts = ['semiSupervised', 'free', 'run', 'colour', 'fewLabels'] as const;
type Part = (typeof parts)[number];
/** How often each part has told of its progress: the same number on every machine, which no clock can say. */
export type Signs = Readonly<Record<Part, number>>;

/** So many milliseconds after the start, or once a part has told of its progress so often. */
type Moment = { readonly milliseconds: number } | { readonly part: Part; readonly sign: number };

/** Runs the target in `folder` once; killed outright at that moment, if it is not done by then. */
async function start(
  folder: string,
  backend: string,
  moment?: Moment,
): Promise<{ readonly state: 'killed' | 'done'; readonly signs: Signs }> {
  await mkdir(folder, { recursive: true });
  const child = spawn(process.execPath, [target, folder, backend], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  const kill = (): boolean => child.kill('SIGKILL');
  const timer = moment && 'milliseconds' in moment ? setTimeout(kill, moment.milliseconds) : undefined;
  const signs = { semiSupervised: 0, free: 0, run: 0, colour: 0, fewLabels: 0 };
  createInterface(child.stdout).on('line', (line) => {
    const part = line as Part;
    signs[part]++;
    if (moment && 'part' in moment && moment.part === part && moment.sign === signs[part]) kill();
  });
  const [code, killedBy] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once('close', (...ended) => resolve(ended));
  });
  clearTimeout(timer);
  if (killedBy === 'SIGKILL') return { state: 'killed', signs };
  if (code !== 0) throw new Error(`kill-target ended with ${code}:\n${said}`);
  return { state: 'done', signs };
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

export type Undisturbed = {
  readonly left: Leavings;
  /** Milliseconds. */
  readonly took: number;
  readonly signs: Signs;
};

export async function undisturbed(folder: string, backend: string): Promise<Undisturbed> {
  const from = Date.now();
  const { signs } = await start(folder, backend);
  return { left: await leavings(folder), took: Date.now() - from, signs };
}

/** Killed once in each part, wherever in it, and then left alone. Gives what is left, and the parts in which it was killed. */
export async function killedInEach(
  folder: string,
  backend: string,
  { signs, seed }: { readonly signs: Signs; readonly seed: number },
): Promise<{ readonly left: Leavings; readonly killed: readonly string[] }> {
  const draws = randomNumbers(seed, parts.length);
  const killed: string[] = [];
  for (const [i, part] of parts.entries()) {
    const { state } = await start(folder, backend, { part, sign: 1 + Math.floor(draws[i]! * (signs[part] - 1)) });
    if (state === 'killed') killed.push(part);
  }
  await start(folder, backend);
  return { left: await leavings(folder), killed };
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
  const draws = randomNumbers(seed, 20 * kills);
  const left: Leavings[] = [];
  let done = 0;
  for (let turn = 0, run = 0; done < kills; turn++) {
    const path = join(folder, `run-${run}`);
    const { state } = await start(path, backend, { milliseconds: draws[turn % draws.length]! * took });
    if (state === 'killed') done++;
    else {
      left.push(await leavings(path));
      run++;
    }
    if (done === kills && state === 'killed') {
      await start(path, backend);
      left.push(await leavings(path));
    }
  }
  return { left, kills: done };
}
