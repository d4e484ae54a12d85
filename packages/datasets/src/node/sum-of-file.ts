import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** SHA-256 and length of a file, which is never in memory as a whole. */
export async function sumOfFile(path: string): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  return { sha256: hash.digest('hex'), size };
}
