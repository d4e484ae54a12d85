import type { Readable } from 'node:stream';

/** Pieces that wait to be written; beyond this many the sender has to wait. */
const most = 64;

/**
 * The pieces of a body, the last before a break included: a stream that fails throws away what nobody has read yet, so it is read from the
 * moment of the call on.
 */
export function piecesOf(body: Readable): AsyncIterable<Uint8Array> {
  const queue: Uint8Array[] = [];
  let ended = false;
  let failed: { readonly cause: unknown } | undefined;
  let wake = (): void => undefined;
  body.on('data', (piece: Uint8Array) => {
    queue.push(piece);
    if (queue.length >= most) body.pause();
    wake();
  });
  body.on('error', (cause) => {
    failed = { cause };
    wake();
  });
  body.on('close', () => {
    ended = true;
    wake();
  });
  return (async function* () {
    for (;;) {
      const piece = queue.shift();
      if (piece !== undefined) yield piece;
      else if (failed !== undefined) throw failed.cause;
      else if (ended) return;
      else {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        body.resume();
        await woken;
      }
    }
  })();
}
