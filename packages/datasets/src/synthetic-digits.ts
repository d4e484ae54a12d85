/**
 * Digits drawn by our own code, for tests, examples and first runs where MNIST is not at hand. They look like MNIST and take the same road
 * (IDX files in memory, decoded and batched as bytes), but they are not MNIST: no figure measured on them is a MNIST figure.
 *
 * Image i of a split is a function of (seed, split, i) alone, bit for bit on every machine: a smaller set is a prefix of a larger one.
 */
import { checkKeys, checkNumber, createNoise, type Dataset, type DatasetCard, type Noise } from '@groundstate/core';
import { drawDigit, traitCount } from './digits/draw-digit';
import { side } from './digits/ink-path';
import type { FileSource } from './file-source';
import { encodeIdx } from './formats/idx';
import { idxDataset } from './idx-dataset';
import { idxFileNames } from './idx-file-names';

/** Options of `syntheticDigits`: how many, and of which seed. */
export interface SyntheticDigitsOptions {
  /** An integer. @default 1 */
  readonly seed?: number;
  /** Training examples, at most 1,000,000. @default 10000 */
  readonly train?: number;
  /** Test examples, at most 1,000,000. @default 2000 */
  readonly test?: number;
}

const owner = 'syntheticDigits';
const classes = 10;
/** Images drawn at once: bounds the memory that their noise takes. */
const rowsAtOnce = 500;

/**
 * Synthetic digits, 28 x 28, balanced over the ten classes: every ten images in a row are the ten digits in some order.
 *
 * @example
 * const digits = syntheticDigits({ seed: 1, train: 1000, test: 200 });
 * const train = await digits.load('train');
 */
export function syntheticDigits(options: SyntheticDigitsOptions = {}): Dataset {
  checkKeys(owner, options, ['seed', 'train', 'test']);
  const { seed = 1, train = 10_000, test = 2_000 } = options;
  checkNumber(owner, 'seed', seed, { integer: true, min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
  for (const [name, size] of Object.entries({ train, test })) checkNumber(owner, name, size, { integer: true, min: 1, max: 1_000_000 });
  const sizes = { train, test };
  const card: DatasetCard = {
    name: 'synthetic-digits',
    classes,
    shape: [side, side, 1],
    bounds: [0, 1],
    source: `drawn by Groundstate's own code (seed ${seed}); not MNIST`,
    licence: 'MIT, as the code that draws them',
    checksums: {},
  };
  return {
    card,
    load: async (split) => {
      // An unknown split draws nothing here, and is refused by the data set below.
      const names = idxFileNames[split];
      const files = new Map<string, Uint8Array>();
      if (names !== undefined) {
        const { images, labels } = await drawSplit(seed, split, sizes[split]);
        files.set(names.images, encodeIdx({ shape: [sizes[split], side, side], data: images }));
        files.set(names.labels, encodeIdx({ shape: [sizes[split]], data: labels }));
      }
      const source: FileSource = { description: card.source, read: async (name) => files.get(name) };
      return idxDataset({ card, source, sizes }).load(split);
    },
  };
}

async function drawSplit(seed: number, split: 'train' | 'test', size: number): Promise<{ images: Uint8Array; labels: Uint8Array }> {
  const images = new Uint8Array(size * side * side);
  const labels = new Uint8Array(size);
  for (let start = 0; start < size; start += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, size - start);
    const noiseOf = (first: number, rows: number): Noise =>
      createNoise(
        seed,
        Int32Array.from({ length: rows }, (_, row) => first + row),
      ).stream('synthetic-digits', split);
    const noise = noiseOf(start, count);
    const blocks = noiseOf(start / classes, Math.ceil(count / classes));
    const order = await valuesOf(blocks.stream('order'), classes);
    const traits = await valuesOf(noise.stream('traits'), traitCount);
    const grain = await valuesOf(noise.stream('grain'), side * side);
    for (let row = 0; row < count; row++) {
      const block = Math.floor(row / classes) * classes;
      const digit = rankOf(order.subarray(block, block + classes), row % classes);
      labels[start + row] = digit;
      drawDigit(
        digit,
        traits.subarray(row * traitCount, (row + 1) * traitCount),
        grain.subarray(row * side * side, (row + 1) * side * side),
        images.subarray((start + row) * side * side, (start + row + 1) * side * side),
      );
    }
  }
  return { images, labels };
}

async function valuesOf(noise: Noise, length: number): Promise<Float32Array> {
  const tensor = noise.uniform([length]);
  const values = await tensor.data<'float32'>();
  tensor.dispose();
  return values;
}

/** The place of one value among all, ties in order: the ranks of any ten values are a permutation of 0 .. 9. */
function rankOf(values: Float32Array, index: number): number {
  const own = values[index]!;
  let rank = 0;
  for (let i = 0; i < values.length; i++) if (values[i]! < own || (values[i] === own && i < index)) rank++;
  return rank;
}
