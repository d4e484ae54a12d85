/** Ctrl-C once, or a polite kill: finish the step, save, stop. A second time: stop now. */
import type { Console } from './console/progress';

export function interruptible(console: Console): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
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
