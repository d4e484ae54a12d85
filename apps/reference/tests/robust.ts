/** Real processes of the built command line, told to stop in every way there is. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

export interface Started {
  readonly pid: number;
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** All that was said on standard error. */
  said(): string;
  /** Resolves when standard error has said so; rejects when the process ends without. */
  hears(words: RegExp): Promise<void>;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
}

/** `shell`: what is done before the program takes its place, on systems that have `sh`. */
export function start(parameters: readonly string[], shell?: string): Started {
  const command = [process.execPath, cli, ...parameters];
  const stdio = ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'];
  const child =
    shell === undefined
      ? spawn(command[0]!, command.slice(1), { stdio })
      : spawn('sh', ['-c', `${shell}; exec "$@"`, 'sh', ...command], { stdio });
  let said = '';
  const listeners = new Set<() => void>();
  child.stderr.on('data', (data) => {
    said += data;
    for (const listener of listeners) listener();
  });
  // A reader that goes away is part of what is tested.
  child.stderr.on('error', () => undefined);
  const ended = new Promise<number | string | null>((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  const hears = (words: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (words.test(said)) resolve();
      };
      listeners.add(look);
      look();
      void ended.then((code) => reject(new Error(`ended with ${code} before it said ${words}:\n${said}`)));
    });
  return { pid: child.pid!, child, said: () => said, hears, ended };
}

/** Looks again and again. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await wait(20);
}

/** The files in a folder and all below it that nobody should find after an end in peace. */
export async function litter(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).filter((name) => /\.lock-|\.part$|partial-|replaced-/.test(name));
}

/** Steps of the checkpoints of a model, in their order. */
export async function checkpointSteps(folder: string, key: string): Promise<number[]> {
  const names = await readdir(join(folder, 'work', key, 'checkpoints')).catch(() => []);
  return names.map((name) => Number(/\d{9}/.exec(name)?.[0])).sort((a, b) => a - b);
}
