/**
 * Backends that compute on the processor answer at once, so a long loop of awaits never lets timers, signals or drawing in:
 * Ctrl-C would wait for the end. The drivers call this after every step; it costs a turn of the event loop now and then.
 */

/** Milliseconds between two turns. */
const interval = 50;
let last = 0;

/** Gives timers, signals and drawing a turn, at most every 50 milliseconds. Await it in long loops. */
export async function breathe(): Promise<void> {
  if (performance.now() - last < interval) return;
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
  last = performance.now();
}
