/** A data set of CIFAR-10's form, archive and editions, with two images in a file. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { DatasetRecipe, RecipeFile } from '../src/recipes';
import { type TarEntry, tar } from './tar';

const sumOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Two records, byte by byte: labels seed and seed + 1 (of ten), pixel bytes that differ from place to place. */
function batch(seed: number): Uint8Array {
  const bytes = Uint8Array.from({ length: 2 * 3073 }, (_, i) => (i * 7 + (i >> 5) * 13 + seed * 31) % 256);
  bytes[0] = seed % 10;
  bytes[3073] = (seed + 1) % 10;
  return bytes;
}

export const tinyBatches: Readonly<Record<string, Uint8Array>> = {
  'data_batch_1.bin': batch(1),
  'data_batch_2.bin': batch(2),
  'data_batch_3.bin': batch(3),
  'data_batch_4.bin': batch(4),
  'data_batch_5.bin': batch(5),
  'test_batch.bin': batch(6),
};

/** Another edition of the first two batches and the test batch. */
export const tinyEdition: Readonly<Record<string, Uint8Array>> = {
  'data_batch_1.bin': batch(11),
  'data_batch_2.bin': batch(12),
  'test_batch.bin': batch(16),
};

const filesOf = (contents: Readonly<Record<string, Uint8Array>>): RecipeFile[] =>
  Object.entries(contents).map(([name, bytes]) => ({ name, size: bytes.length, sha256: sumOf(bytes) }));

export const tinyInner = 'tiny-batches-bin';
export const tinyArchiveName = 'tiny-binary.tar.gz';

/** As CIFAR-10's own: a folder, the batches, and files that nobody needs. */
export const tinyEntries: readonly TarEntry[] = [
  { name: `${tinyInner}/`, type: 5 },
  { name: `${tinyInner}/batches.meta.txt`, content: Buffer.from('airplane\n') },
  ...Object.entries(tinyBatches).map(([name, content]) => ({ name: `${tinyInner}/${name}`, content })),
];

export const packed = (entries: readonly TarEntry[]): Uint8Array => new Uint8Array(gzipSync(tar(entries)));
export const tinyArchive = packed(tinyEntries);

export const tinyCifarRecipe: DatasetRecipe = {
  name: 'tiny-photographs',
  aliases: ['tinyphotographs'],
  title: 'Tiny photographs, 12 for tests',
  format: 'cifar-binary',
  files: [{ name: tinyArchiveName, size: tinyArchive.length, sha256: sumOf(tinyArchive) }],
  contents: filesOf(tinyBatches),
  inner: tinyInner,
  editions: [{ name: 'other', title: 'three of the six files drawn anew', files: filesOf(tinyEdition) }],
  mirrors: ['http://127.0.0.1:9/'],
  home: 'tests',
  licence: 'MIT',
};
