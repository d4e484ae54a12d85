/** One line on the standard error: what runs, how much is done. A terminal sees it change; a log gets a line now and then. */
import type { WriteStream } from 'node:tty';

const BETWEEN_LINES = 10_000;

export function progressLine(stream: Pick<WriteStream, 'write'> & { readonly isTTY?: boolean }): (text: string) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (text) => {
    if (stream.isTTY) stream.write(`\r\u001b[2Kbench: ${text}`);
    else if (performance.now() - last > BETWEEN_LINES) {
      last = performance.now();
      stream.write(`bench: ${text}\n`);
    }
  };
}
