/**
 * stdout and stderr whose reader goes away: `groundstate ... | head -1`, a terminal that is closed, a full disk behind `>`.
 * Node would end the process there and then, with a stack and without a checkpoint.
 */
import { isatty } from 'node:tty';

const listeners = new Set<() => void>();
let guarded = false;
let silenced = false;
let onTerminal = false;
let gone = false;

/** From now on such a fault ends nothing by itself. Every command begins with it; the second call does nothing. */
export function guardStreams(): void {
  if (guarded) return;
  guarded = true;
  onTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
  process.stdout.on('error', (fault: NodeJS.ErrnoException) => {
    // The reader of the answer has seen enough: the work itself is not touched, and nothing has failed.
    if (isClosed(fault)) return;
    if (isHangUp(fault)) return hangUp();
    // An answer that is cut short must not look like a success; said once.
    if (!silenced) process.stderr.write(`stdout: expected \`stdout\` to be writable, got ${fault.message}. The answer is not whole.\n`);
    silenced = true;
    process.exitCode = 1;
  });
  // Whoever watched is gone.
  process.stderr.on('error', hangUp);
}

/** `listener` is called when nobody can see any more what is said. Gives back what stops that. */
export function onHangUp(listener: () => void): () => void {
  guardStreams();
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Nobody can see any more what is said. */
export function hangUp(): void {
  gone = true;
  for (const listener of listeners) listener();
}

/**
 * The end of a process whose terminal is gone, once all is saved: by the signal that says so. Node would put the terminal's settings
 * back before it ends, and abort where there is none (observed on Node 20.20: exit by SIGABRT).
 */
export function leaveLostTerminal(): void {
  if (gone && onTerminal) process.kill(process.pid, 'SIGHUP');
}

const isClosed = ({ code }: NodeJS.ErrnoException): boolean => code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';
const isHangUp = ({ code }: NodeJS.ErrnoException): boolean => code === 'EIO' || code === 'ENXIO';
