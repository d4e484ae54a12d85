/** The units of a run shared among several processes, each with its share of the processors. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { checkNumber, expected, GroundstateError } from '@groundstate/core';
import { threadsOfEach } from './backend/threads';
import { parseNumber } from './numbers';
import { familyEnvironment } from './run-lock';

/** What a worker is told when it is to stop, as Ctrl-C would tell it. */
export const stopMessage = 'stop';

/** `2/3`: the second of three. Which units are its own follows from their positions. */
export type Portion = { readonly index: number; readonly of: number };

/** Who does the work: this process alone, this process for its share, or as many others. */
export type Hands = { readonly jobs: number; readonly share: Portion | undefined };

export function handsOf(owner: string, { jobs = '1', worker }: { readonly jobs?: string; readonly worker?: string }): Hands {
  const count = checkNumber(owner, '--jobs', parseNumber(owner, '--jobs', jobs), { integer: true, min: 1 });
  return { jobs: count, share: worker === undefined ? undefined : parsePortion(worker) };
}

/** Whether the unit at this position is this process's. */
export function isMine(share: Portion | undefined, index: number): boolean {
  return !share || index % share.of === share.index;
}

function parsePortion(text: string): Portion {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, of] = [Number(match?.[1]) - 1, Number(match?.[2])];
  if (!match || index < 0 || index >= of) throw expected('groundstate', '--worker', 'a share such as 1/2', text);
  return { index, of };
}

/**
 * Starts this program anew `count` times on the run that is in `path`, and waits for all of them. Each is told its share by
 * `--worker`; what they say is passed on, line by line. Rejects when one of them fails, once all have ended.
 */
export async function runWorkers(
  count: number,
  command: readonly string[],
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  const codes = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      runWorker(count, [...command, '--worker', `${i + 1}/${count}`], signal, (line) => say(`[${i + 1}] ${line}`)),
    ),
  );
  if (signal.aborted || codes.includes(130)) throw new GroundstateError('aborted', 'The run was interrupted.');
  const failed = codes.filter((code) => code !== 0).length;
  if (failed > 0) throw new GroundstateError('io', `${failed} of ${count} processes failed; what they said is above.`);
}

function runWorker(count: number, parameters: readonly string[], signal: AbortSignal, say: (line: string) => void): Promise<number> {
  return new Promise((resolve) => {
    // Not detached: Ctrl-C on a terminal reaches the workers by itself, a second one too. Whatever stops us is passed on once,
    // as a message, for Windows knows no polite signal; and where we are killed, the end of the channel tells them.
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...parameters], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...familyEnvironment(), ...threadsOfEach(count) },
    });
    const stop = (): void => {
      // One that has just ended cannot be told, and need not be.
      if (child.connected) child.send(stopMessage, () => undefined);
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    createInterface({ input: child.stderr! }).on('line', say);
    // It could not be started, or not be told something: the others are waited for all the same.
    child.once('error', ({ message }) => say(message));
    child.once('close', (code) => {
      signal.removeEventListener('abort', stop);
      resolve(code ?? 1);
    });
  });
}
