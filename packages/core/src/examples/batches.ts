import type { Batch, Examples } from '../contract/data';
import { checkNumber } from '../errors';

/**
 * The examples in batches of `size` (the last may be smaller), in the given order. Whoever takes a batch disposes of it.
 *
 * @example
 * for await (const batch of batches(examples, { size: 64, order: order(examples.size, { seed, epoch }) })) { ... }
 */
export async function* batches(
  examples: Examples,
  options: {
    readonly size: number;
    /** Positions to visit. @default all, in order */
    readonly order?: Int32Array;
    /** How many batches to pass over: where an interrupted epoch goes on. @default 0 */
    readonly start?: number;
  },
): AsyncGenerator<Batch, void, undefined> {
  const size = checkNumber('batches', 'size', options.size, { integer: true, min: 1 });
  const start = checkNumber('batches', 'start', options.start ?? 0, { integer: true, min: 0 });
  const visited = options.order ?? Int32Array.from({ length: examples.size }, (_, i) => i);
  for (let at = start * size; at < visited.length; at += size) yield await examples.read(visited.slice(at, at + size));
}
