import type { FileSource, OpenFile } from './file-source';
import { sha256 } from './sha256';

/** One file of a source, in pieces where the source can, else in one. */
export async function openFile(source: FileSource, name: string): Promise<OpenFile | undefined> {
  if (source.open !== undefined) return source.open(name);
  const bytes = await source.read(name);
  return bytes === undefined ? undefined : openBytes(bytes);
}

/** Bytes in memory as a file of one piece. */
export function openBytes(bytes: Uint8Array): OpenFile {
  return {
    size: bytes.length,
    chunks: (async function* () {
      yield bytes;
    })(),
    sha256: () => sha256(bytes),
  };
}

/** SHA-256 of a file of which nothing else is wanted; undefined where there is none. */
export async function sha256Of(source: FileSource, name: string): Promise<string | undefined> {
  const file = await openFile(source, name);
  if (file === undefined) return undefined;
  for await (const _ of file.chunks);
  return file.sha256();
}
