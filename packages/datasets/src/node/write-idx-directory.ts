import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { checkKeys, type Dataset, type Examples, expected, GroundstateError } from '@groundstate/core';
import { encodeIdx } from '../formats/idx';
import { idxFileNames } from '../idx-file-names';
import { exists, placeFile } from './place-file';

/** Options of `writeIdxDirectory`. */
export interface WriteIdxDirectoryOptions {
  /** Replace files that are there already. @default false */
  readonly overwrite?: boolean;
}

const owner = 'writeIdxDirectory';
const rowsAtOnce = 1000;

/**
 * Writes a data set of `[height, width, 1]` examples in [0, 1] as MNIST's four packed files, which `idxDataset` reads back.
 * Each file appears whole or not at all, and none that is there already is touched unless told.
 *
 * @returns The paths of the files.
 * @throws GroundstateError `invalid-argument` where a file exists already; `invalid-data` where pixels are no multiples of 1 / 255.
 * @example
 * await writeIdxDirectory(syntheticDigits(), 'data/synthetic-digits');
 */
export async function writeIdxDirectory(dataset: Dataset, directory: string, options: WriteIdxDirectoryOptions = {}): Promise<string[]> {
  checkKeys(owner, options, ['overwrite']);
  const { overwrite = false } = options;
  const { shape, classes } = dataset.card;
  if (shape.length !== 3 || shape[2] !== 1) throw expected(owner, 'dataset', 'a data set of shape [height, width, 1]', shape);
  if (classes > 256) throw expected(owner, 'dataset', 'a data set of at most 256 classes', classes);
  await mkdir(directory, { recursive: true });
  const pathOf = (name: string): string => join(directory, `${name}.gz`);
  const paths = Object.values(idxFileNames).flatMap(({ images, labels }) => [pathOf(images), pathOf(labels)]);
  // Before any work, so that a refusal leaves nothing half done.
  if (!overwrite) {
    for (const path of paths) if (await exists(path)) throw alreadyThere(path);
  }
  for (const split of ['train', 'test'] as const) {
    const examples = await dataset.load(split);
    const [height = 1, width = 1] = shape;
    const images = encodeIdx({ shape: [examples.size, height, width], data: await pixelsOf(examples, height * width) });
    const labels = encodeIdx({ shape: [examples.size], data: Uint8Array.from(examples.labels) });
    await place(gzipSync(images), pathOf(idxFileNames[split].images), overwrite);
    await place(gzipSync(labels), pathOf(idxFileNames[split].labels), overwrite);
  }
  return paths;
}

async function pixelsOf(examples: Examples, each: number): Promise<Uint8Array> {
  const pixels = new Uint8Array(examples.size * each);
  for (let start = 0; start < examples.size; start += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, examples.size - start);
    const { inputs, labels } = await examples.read(Int32Array.from({ length: count }, (_, row) => start + row));
    const values = await inputs.data();
    inputs.dispose();
    labels.dispose();
    for (const [i, value] of values.entries()) {
      const byte = Math.round(value * 255);
      // Half a thousandth of a level is beyond float32 rounding; anything more would be lost in bytes.
      if (!(byte >= 0 && byte <= 255) || Math.abs(value * 255 - byte) > 5e-4) {
        throw new GroundstateError(
          'invalid-data',
          `${owner}: expected \`dataset\` to have pixels that are multiples of 1 / 255 within [0, 1], got ${value} in example ${start + Math.floor(i / each)}.`,
        );
      }
      pixels[start * each + i] = byte;
    }
  }
  return pixels;
}

/** Writes beside the target, and gives the file its name when it is whole. */
async function place(bytes: Uint8Array, path: string, overwrite: boolean): Promise<void> {
  const temporary = `${path}.${process.pid}.${crypto.randomUUID()}.part`;
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (!(await placeFile(temporary, path, overwrite))) throw alreadyThere(path);
  } finally {
    await rm(temporary, { force: true });
  }
}

function alreadyThere(path: string): GroundstateError {
  return expected(owner, 'directory', 'free of the files to write', path, 'Choose another folder, or say `overwrite: true`.');
}
