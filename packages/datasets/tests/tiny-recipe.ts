/** A data set of MNIST's form that is small enough to be served, cut and damaged in tests. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { encodeIdx } from '../src/formats/idx';
import type { DatasetRecipe } from '../src/recipes';

const sumOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const idx = (shape: readonly number[], seed: number): Uint8Array => {
  const size = shape.reduce((product, length) => product * length, 1);
  return encodeIdx({
    shape,
    data: Uint8Array.from({ length: size }, (_, i) => (i * i * seed + (i >> 3)) % (shape.length === 1 ? 10 : 251)),
  });
};

export const tinyContents: Readonly<Record<string, Uint8Array>> = {
  'train-images-idx3-ubyte': idx([40, 8, 8], 31),
  'train-labels-idx1-ubyte': idx([40], 7),
  't10k-images-idx3-ubyte': idx([20, 8, 8], 17),
  't10k-labels-idx1-ubyte': idx([20], 5),
};

export const tinyFiles: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
  Object.entries(tinyContents).map(([name, bytes]) => [`${name}.gz`, new Uint8Array(gzipSync(bytes))]),
);

export const tinyRecipe: DatasetRecipe = {
  name: 'tiny',
  title: 'Tiny, 60 images for tests',
  format: 'idx',
  files: Object.entries(tinyFiles).map(([name, bytes]) => ({
    name,
    size: bytes.length,
    sha256: sumOf(bytes),
    content: sumOf(tinyContents[name.replace('.gz', '')]!),
  })),
  mirrors: ['http://127.0.0.1:9/'],
  home: 'tests',
  licence: 'MIT',
};
