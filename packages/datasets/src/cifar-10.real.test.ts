import '@tensorflow/tfjs-backend-cpu';
import { type Dataset, GroundstateError } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { realCifar } from '../tests/real-cifar';
import { cifar10 } from './cifar-10';
import type { FileSource } from './file-source';
import type { FoundDataset } from './node/find-dataset';
import { verifyDataset } from './node/verify/verify-dataset';

const found = await realCifar();

/** The files of the first two batches and the test batch, in part decoded again from JPEG; or all six as published, of which these facts hold too. */
describe.skipIf(found === undefined)('cifar10 on real files', () => {
  const { source, directory } = found ?? ({} as FoundDataset);

  const altered = (changes: Readonly<Record<string, (name: string) => Promise<Uint8Array | undefined>>>): FileSource => ({
    description: 'altered files',
    read: (name) => (changes[name] ?? source.read)(name),
  });
  const refusal = async (changed: FileSource): Promise<string> => {
    const error: unknown = await cifar10({ source: changed }).catch((cause: unknown) => cause);
    if (!GroundstateError.is(error)) throw new Error(`cifar10 did not refuse: ${String(error)}`);
    return error.message;
  };

  /**
   * By NumPy, not by this package: `a = np.fromfile(file, np.uint8).reshape(-1, 3073)`, `np.bincount(a[:, 0])`,
   * `x = a[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)`, then `x[0, 0, :3]`, `x[5000, 16, 8:11]`, `x[-1, 31, 31]` and `x[i].sum()`.
   * The histograms are also those that others have published of these batches. `from` is the id of a file's first image.
   */
  const facts = [
    {
      file: 'data_batch_1.bin',
      split: 'train',
      from: 0,
      counts: [1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981],
      first: [6, 9, 9, 4, 1, 1, 2, 7, 8, 3],
      last: [3, 9, 1, 1, 5],
      firstPixels: [59, 62, 63, 43, 46, 45, 50, 48, 43],
      middlePixels: [18, 15, 7, 47, 32, 24, 56, 35, 26],
      lastPixel: [167, 198, 131],
      sums: { 0: 317790, 1: 400427, 5000: 148474, 9999: 380993 },
    },
    {
      file: 'data_batch_2.bin',
      split: 'train',
      from: 10_000,
      counts: [984, 1007, 1010, 995, 1010, 988, 1008, 1026, 987, 985],
      first: [1, 6, 6, 8, 8, 3, 4, 6, 0, 6],
      last: [8, 8, 7, 2, 5],
      firstPixels: [35, 25, 26, 27, 21, 21, 25, 20, 19],
      middlePixels: [182, 182, 182, 182, 182, 182, 172, 172, 172],
      lastPixel: [171, 156, 136],
      sums: { 0: 369204, 1: 230739, 5000: 519765, 9999: 301338 },
    },
    {
      file: 'test_batch.bin',
      split: 'test',
      from: 0,
      counts: [1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000],
      first: [3, 8, 8, 0, 6, 6, 1, 6, 3, 1],
      last: [8, 3, 5, 1, 7],
      firstPixels: [158, 112, 49, 159, 111, 47, 165, 116, 51],
      middlePixels: [23, 23, 31, 6, 5, 15, 23, 20, 45],
      lastPixel: [27, 26, 26],
      sums: { 0: 332962, 1: 476499, 5000: 354287, 9999: 331662 },
    },
  ] as const;

  let opened: Promise<Dataset> | undefined;
  const photographs = (): Promise<Dataset> => (opened ??= cifar10({ source }));

  it.each(facts)('reads $file as an outside reader does', async ({ split, from, counts, first, last, firstPixels, ...more }) => {
    const before = tf.memory().numTensors;
    const examples = await (await photographs()).load(split);
    const labels = [...examples.labels.subarray(from, from + 10_000)];
    const histogram = new Array(10).fill(0);
    for (const label of labels) histogram[label]++;
    expect(histogram).toEqual(counts);
    expect(labels.slice(0, 10)).toEqual(first);
    expect(labels.slice(-5)).toEqual(last);
    const ids = Object.keys(more.sums).map(Number);
    const batch = await examples.read(Int32Array.from(ids, (id) => from + id));
    expect(batch.inputs.shape).toEqual([4, 32, 32, 3]);
    const bytes = Array.from(await batch.inputs.data(), (value) => value * 255);
    const sumOf = (row: number): number => bytes.slice(row * 3072, (row + 1) * 3072).reduce((total, value) => total + value, 0);
    for (const [row, id] of ids.entries()) expect(Math.round(sumOf(row))).toBe(more.sums[id as keyof typeof more.sums]);
    const pixels = (row: number, start: number, length: number): number[] =>
      bytes.slice(row * 3072 + start * 3, row * 3072 + start * 3 + length).map(Math.round);
    expect(pixels(0, 0, 9)).toEqual(firstPixels);
    expect(pixels(2, 16 * 32 + 8, 9)).toEqual(more.middlePixels);
    expect(pixels(3, 1023, 3)).toEqual(more.lastPixel);
    tf.dispose([batch.inputs, batch.labels]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says on the card which files these are, and how many images', async () => {
    const { card, load } = await photographs();
    const train = await load('train');
    expect((await load('test')).size).toBe(10_000);
    const { whole, edition } = await verifyDataset('cifar-10', directory);
    expect(whole).toBe(true);
    if (edition === undefined) {
      expect(card.source).toContain('the 6 files of CIFAR-10 as published, 50,000 training and 10,000 test images');
      expect(train.size).toBe(50_000);
    } else {
      expect(edition).toBe('partly-from-jpeg');
      expect(card.source).toMatch(
        /^not the published set but two of the five .*: 20,000 training and 10,000 test images, verified by SHA-256/,
      );
      expect(train.size).toBe(20_000);
    }
    expect(Object.keys(card.checksums)).toHaveLength(train.size / 10_000 + 1);
  });

  it('refuses a file of which one byte was changed, wherever it is', async () => {
    for (const [file, position] of [
      ['data_batch_1.bin', 1],
      ['data_batch_2.bin', 15_000_001],
      ['test_batch.bin', 30_729_999],
    ] as const) {
      const changed = altered({
        [file]: async (name) => {
          const bytes = Uint8Array.from((await source.read(name))!);
          bytes[position] = bytes[position]! ^ 1;
          return bytes;
        },
      });
      expect(await refusal(changed)).toContain(`cifar-10: expected \`${file}\` to be the original file (SHA-256 `);
    }
  });

  it('refuses files that are cut short, too long, swapped or missing, by name', async () => {
    const file = 'data_batch_2.bin';
    const cut = altered({ [file]: async (name) => (await source.read(name))!.subarray(0, 30_000_000) });
    expect(await refusal(cut)).toContain(
      '`data_batch_2.bin` to be a CIFAR file of whole records of 3073 bytes, got 30000000 bytes, which end',
    );
    const long = altered({ [file]: async (name) => Buffer.concat([(await source.read(name))!, Buffer.alloc(3073)]) });
    expect(await refusal(long)).toContain('`data_batch_2.bin` to be the original file');
    const swapped = altered({ [file]: () => source.read('test_batch.bin') });
    expect(await refusal(swapped)).toContain('`data_batch_2.bin` to be what its name says, got the content of test_batch.bin.');
    expect(await refusal(altered({ [file]: async () => undefined }))).toContain('to be a place with data_batch_2.bin, got altered files');
  });
});
