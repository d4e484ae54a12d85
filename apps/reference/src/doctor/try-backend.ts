/** What is to be said of one backend, without risking this process for it. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Backend } from '../backend/backends';
import { installed } from '../installed';
import type { BackendFinding, Speed } from './diagnosis';

export type ProbeAnswer = ({ readonly state: 'works' } & Speed) | { readonly state: 'broken'; readonly why: string };

export interface TryOptions {
  /** The program that brings the backend up and says what it found. @default the one beside the command line, as it is built */
  readonly probe?: string;
  /** Milliseconds. @default 30 s */
  readonly limit?: number;
  readonly isInstalled?: (name: string) => boolean;
}

export async function tryBackend(backend: Backend, options: TryOptions = {}): Promise<BackendFinding> {
  const { limit = 30_000, isInstalled = (name) => installed(name) !== undefined } = options;
  const probe = options.probe ?? fileURLToPath(new URL('./probe-backend.js', import.meta.url));
  const missing = [...backend.packages, ...(backend.beside ?? [])].filter((name) => !isInstalled(name));
  if (missing.length > 0) return { name: backend.name, state: 'absent', why: `not installed: ${missing.join(', ')}` };
  return { name: backend.name, ...(await ask(probe, backend.name, limit)) };
}

function ask(probe: string, name: string, limit: number): Promise<ProbeAnswer> {
  const broken = (why: string): ProbeAnswer => ({ state: 'broken', why });
  return new Promise((resolve) => {
    // Not with what this process was started with: an inspector's port, for one, can be taken only once.
    const child = fork(probe, [name], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
    let answer: ProbeAnswer | undefined;
    let late = false;
    let said = '';
    child.stderr!.on('data', (data) => {
      said = `${said}${data}`.slice(-10_000);
    });
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, limit);
    child.once('message', (message) => {
      answer = message as ProbeAnswer;
    });
    child.once('error', (cause) => {
      answer ??= broken(`its process could not be started: ${cause.message}`);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (answer) resolve(answer);
      else if (late) resolve(broken(`no answer within ${limit / 1000} s`));
      else resolve(broken([`its process ended with ${signal ?? `code ${code}`}`, ...gist(said)].join(': ')));
    });
  });
}

/** The line of an error among what a dying process says: a stack and notes surround it. */
function gist(said: string): string[] {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const line = lines.find((one) => /error|fatal|abort/i.test(one) && !/^\s+at /.test(one)) ?? lines.at(-1);
  return line === undefined ? [] : [line.trim().slice(0, 200)];
}
