/**
 * Ctrl-C once, or a polite kill: finish the step, save, stop. The same once more: stop now. One of each is one wish: on a
 * terminal a worker hears of Ctrl-C by itself, and again from the process that started it.
 */
import type { Console } from './console/progress';

export function interruptible(console: Console): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const heard = new Set<NodeJS.Signals>();
  const stop = (name: NodeJS.Signals): void => {
    if (heard.has(name)) process.exit(130);
    heard.add(name);
    if (controller.signal.aborted) return;
    console.say('Stopping after this step; press Ctrl-C again to stop at once.');
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}
