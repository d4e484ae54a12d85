/**
 * Ctrl-C once, a polite kill, a terminal that is closed, a parent that is gone: finish the step, save, stop. Ctrl-C or a
 * kill once more: stop now. One of each is one wish: on a terminal a worker hears of Ctrl-C by itself, and again from the
 * process that started it.
 */
import type { Console } from './console/progress';
import { hangUp, onHangUp } from './console/streams';
import { isWorker } from './run-lock';
import { stopMessage } from './workers';

/** `limit`: seconds after which it stops by itself, as if it had been asked to. */
export function interruptible(console: Console, limit?: number): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const heard = new Set<NodeJS.Signals>();
  const stop = (line: string): void => {
    if (controller.signal.aborted) return;
    // First, for saying it may find the terminal gone.
    controller.abort();
    console.say(line);
  };
  const ask = (name: NodeJS.Signals): void => {
    if (heard.has(name)) process.exit(130);
    heard.add(name);
    stop('Stopping after this step; press Ctrl-C again to stop at once.');
  };
  // Never at once: a terminal that closes tells its jobs twice, by the shell and by the system.
  const unseen = (): void => stop('The terminal is gone; stopping after this step.');
  const orphaned = (): void => stop('The process that started this one is gone; stopping after this step.');
  const told = (message: unknown): void => {
    if (message === stopMessage) stop('Stopping after this step.');
  };
  const timer = limit === undefined ? undefined : setTimeout(() => stop(`${limit} s are over; stopping after this step.`), 1000 * limit);
  // Windows never sends some of these; to listen for them does no harm there.
  process.on('SIGINT', ask);
  process.on('SIGTERM', ask);
  process.on('SIGHUP', hangUp);
  const forget = onHangUp(unseen);
  if (isWorker) {
    process.on('message', told);
    process.on('disconnect', orphaned);
    if (!process.connected) orphaned();
  }
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer);
      process.off('SIGINT', ask);
      process.off('SIGTERM', ask);
      process.off('SIGHUP', hangUp);
      process.off('message', told);
      process.off('disconnect', orphaned);
      forget();
    },
  };
}
