import { gzipSync } from 'node:zlib';
import type { FileSource } from '../src/file-source';
import { encodeIdx } from '../src/formats/idx';

export function memorySource(files: Readonly<Record<string, Uint8Array>>): FileSource {
  return { description: 'a map in memory', read: async (name) => files[name] };
}

/** A well-formed IDX file, all of one value, packed. */
export function packedIdx(shape: readonly number[], value = 0): Uint8Array {
  const size = shape.reduce((product, length) => product * length, 1);
  return gzipSync(encodeIdx({ shape, data: new Uint8Array(size).fill(value) }));
}
