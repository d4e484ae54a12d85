import '@tensorflow/tfjs-backend-cpu';
import { type Dataset, GroundstateError } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { realSvhn } from '../tests/real-svhn';
import type { FileSource } from './file-source';
import { svhn } from './svhn';

const found = await realSvhn();
const names = { train: 'train_32x32.mat', test: 'test_32x32.mat' };

/** Facts of the edition `form-digits`, by scipy.io.loadmat and NumPy: `X[:, :, :, i].sum()` and `X[5, :, 0, i]`, `X` in MATLAB's order, `y % 10`. */
const facts = [
  {
    split: 'train',
    counts: [710, 2449, 2187, 1510, 1232, 1235, 1029, 1028, 862, 779],
    first: [5, 2, 0, 6, 1, 9, 1, 1, 8, 3],
    last: [5, 3, 7, 3, 1],
    sums: { 0: 222540, 1: 471393, 6510: 258504, 13020: 421230 },
    row5: [67, 67, 67, 67, 67, 67, 66, 58, 48, 44, 45, 48, 48, 46, 45, 46, 47, 46, 44, 44, 48, 55, 61, 81, 83, 84, 84, 84, 84, 84, 84, 84],
    column5: [82, 82, 82, 81, 73, 67],
  },
  {
    split: 'test',
    counts: [170, 634, 504, 375, 302, 323, 256, 287, 205, 199],
    first: [1, 2, 1, 4, 4, 8, 1, 4, 3, 3],
    last: [2, 2, 7, 6, 7],
    sums: { 0: 476499, 1: 240492, 1627: 673494, 3254: 280740 },
    row5: [
      174, 174, 174, 174, 174, 174, 174, 174, 174, 174, 174, 176, 162, 111, 77, 55, 50, 77, 145, 173, 174, 182, 161, 133, 104, 66, 61, 101,
      160, 178, 179, 177,
    ],
    column5: [172, 176, 175, 177, 178, 174],
  },
] as const;

describe.skipIf(found === undefined)('svhn on real files', () => {
  const source = found as FileSource;
  const altered = (changes: Readonly<Record<string, (name: string) => Promise<Uint8Array | undefined>>>): FileSource => ({
    description: 'altered files',
    read: (name) => (changes[name] ?? source.read)(name),
  });
  const bytesOf = async (name: string): Promise<Uint8Array> => (await source.read(name)) as Uint8Array;
  const refusal = async (changed: FileSource, verify: 'published' | 'layout'): Promise<string> => {
    const error: unknown = await svhn({ source: changed, verify }).catch((cause: unknown) => cause);
    if (!GroundstateError.is(error)) throw new Error(`svhn did not refuse: ${String(error)}`);
    return error.message;
  };

  /** Where the published files lie there are no such facts, but their numbers. */
  const isEdition = async (dataset: Dataset): Promise<boolean> => {
    if (dataset.card.name !== 'svhn') return true;
    expect((await dataset.load('train')).size).toBe(73_257);
    expect((await dataset.load('test')).size).toBe(26_032);
    return false;
  };

  it.each(facts)('reads the $split split as SciPy does', async ({ split, counts, first, last, sums, row5, column5 }) => {
    const before = tf.memory().numTensors;
    const dataset = await svhn({ source });
    if (!(await isEdition(dataset))) return;
    expect(dataset.card.name).toBe('svhn-form-digits');
    expect(dataset.card.source).toMatch(
      /^not SVHN but 13,021 training and 3,255 test digits cut from test images of SVHN, .*, verified by SHA-256/,
    );
    const examples = await dataset.load(split);
    const histogram = new Array(10).fill(0);
    for (const label of examples.labels) histogram[label]++;
    expect(histogram).toEqual(counts);
    expect(examples.size).toBe(counts.reduce((total, count) => total + count, 0));
    expect([...examples.labels.slice(0, 10)]).toEqual(first);
    expect([...examples.labels.slice(-5)]).toEqual(last);
    const { inputs, labels } = await examples.read(Int32Array.from(Object.keys(sums), Number));
    const values = Array.from(inputs.dataSync(), (value) => Math.round(value * 255));
    for (const [row, sum] of Object.values(sums).entries()) {
      expect(values.slice(row * 3072, (row + 1) * 3072).reduce((total, value) => total + value, 0)).toBe(sum);
    }
    for (const channel of [0, 1, 2]) {
      expect(Array.from({ length: 32 }, (_, column) => values[(5 * 32 + column) * 3 + channel])).toEqual(row5);
      expect(Array.from({ length: 6 }, (_, row) => values[(row * 32 + 5) * 3 + channel])).toEqual(column5);
    }
    tf.dispose([inputs, labels]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses swapped files', async () => {
    const swapped = altered({ [names.train]: () => bytesOf(names.test), [names.test]: () => bytesOf(names.train) });
    expect(await refusal(swapped, 'published')).toBe(
      'svhn: expected `train_32x32.mat` to be what its name says, got the content of test_32x32.mat. The files are swapped: give each its own name back.',
    );
  });

  it('refuses a file that is cut short, has bytes left over, or has one bit changed, by its form alone', async () => {
    const whole = await bytesOf(names.test);
    const flipped = Uint8Array.from(whole);
    flipped[whole.length >> 1] = flipped[whole.length >> 1]! ^ 16;
    for (const verify of ['published', 'layout'] as const) {
      const words = (bytes: Uint8Array): Promise<string> => refusal(altered({ [names.test]: async () => bytes }), verify);
      expect(await words(whole.subarray(0, whole.length - 2000))).toMatch(
        /^svhn: expected `test_32x32\.mat` to be a whole MAT-file.* cut short/,
      );
      expect(await words(Uint8Array.from([...whole, 0, 0, 0]))).toMatch(
        /^svhn: expected `test_32x32\.mat` to be a whole MAT-file.* cut short/,
      );
      expect(await words(flipped)).toMatch(
        /^svhn: expected `test_32x32\.mat` to be a MAT-file whose compressed array at byte \d+ is whole/,
      );
    }
  });

  it('refuses a whole file with other text in its header, unless only the form is asked for', async () => {
    const changed = Uint8Array.from(await bytesOf(names.test));
    changed[30] = changed[30]! ^ 1;
    const source = altered({ [names.test]: async () => changed });
    expect(await refusal(source, 'published')).toMatch(
      /^svhn: expected `test_32x32\.mat` to be the original file .* got a well-formed file/,
    );
    expect((await svhn({ source, verify: 'layout' })).card.source).toMatch(/^not verified: files in the form of SVHN/);
  });
});
