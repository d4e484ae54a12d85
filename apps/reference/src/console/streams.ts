/**
 * stdout and stderr whose reader goes away: `groundstate ... | head -1`, a terminal that is closed, a full disk behind `>`.
 * Node would end the process there and then, with a stack and without a checkpoint.
 */

const listeners = new Set<() => void>();
let guarded = false;
let silenced = false;

/** From now on such a fault ends nothing by itself. Every command begins with it; the second call does nothing. */
export function guardStreams(): void {
  if (guarded) return;
  guarded = true;
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

function hangUp(): void {
  for (const listener of listeners) listener();
}

const isClosed = ({ code }: NodeJS.ErrnoException): boolean => code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';
const isHangUp = ({ code }: NodeJS.ErrnoException): boolean => code === 'EIO' || code === 'ENXIO';
