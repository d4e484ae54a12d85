import '@tensorflow/tfjs-backend-cpu';
import { gunzipSync, gzipSync } from 'node:zlib';
import { GroundstateError } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { realMnist } from '../tests/real-mnist';
import type { FileSource } from './file-source';
import { mnist } from './mnist';

const found = await realMnist();

/** Expected numbers were computed with NumPy and Python's gzip, not with this package. */
describe.skipIf(found === undefined)('mnist on the original files', () => {
  const source = found as FileSource;

  /** The original files, some of which another file stands in for, changed or not. */
  const altered = (changes: Readonly<Record<string, (name: string) => Promise<Uint8Array | undefined>>>): FileSource => ({
    description: 'altered files',
    read: (name) => (changes[name] ?? source.read)(name),
  });
  const refusal = async (changed: FileSource, split: 'train' | 'test'): Promise<string> => {
    const error: unknown = await mnist({ source: changed })
      .load(split)
      .catch((cause: unknown) => cause);
    if (!GroundstateError.is(error)) throw new Error(`mnist did not refuse: ${String(error)}`);
    return error.message;
  };
  const bytesOf = async (name: string): Promise<Uint8Array> => (await source.read(name)) as Uint8Array;

  const facts = [
    {
      split: 'train',
      counts: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
      first: [5, 0, 4, 1, 9, 2, 1, 3, 1, 4],
      last: [8, 3, 5, 6, 8],
      sums: { 0: 27525, 1: 31095, 5000: 30871, 59999: 20920 },
      row5: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 18, 18, 18, 126, 136, 175, 26, 166, 255, 247, 127, 0, 0, 0, 0],
    },
    {
      split: 'test',
      counts: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
      first: [7, 2, 1, 0, 4, 1, 4, 9, 5, 9],
      last: [2, 3, 4, 5, 6],
      sums: { 0: 18454, 1: 28850, 5000: 23625, 9999: 41833 },
      row5: new Array(28).fill(0),
    },
  ] as const;

  it.each(facts)('reads the $split split as an outside reader does', async ({ split, counts, first, last, sums, row5 }) => {
    const before = tf.memory().numTensors;
    const examples = await mnist({ source }).load(split);
    const histogram = new Array(10).fill(0);
    for (const label of examples.labels) histogram[label]++;
    expect(histogram).toEqual(counts);
    expect(examples.size).toBe(counts.reduce((total, count) => total + count, 0));
    expect([...examples.labels.slice(0, 10)]).toEqual(first);
    expect([...examples.labels.slice(-5)]).toEqual(last);
    const { inputs, labels } = await examples.read(Int32Array.from(Object.keys(sums), Number));
    const values = inputs.dataSync();
    for (const [row, sum] of Object.values(sums).entries()) {
      let total = 0;
      for (const value of values.subarray(row * 784, (row + 1) * 784)) total += Math.round(value * 255);
      expect(total).toBe(sum);
    }
    expect([...values.subarray(5 * 28, 6 * 28)]).toEqual(row5.map((byte) => Math.fround(byte / 255)));
    tf.dispose([inputs, labels]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('accepts the four files unpacked, and packed anew', async () => {
    const images = gunzipSync(await bytesOf('t10k-images-idx3-ubyte.gz'));
    const labels = gunzipSync(await bytesOf('t10k-labels-idx1-ubyte.gz'));
    const unpacked: FileSource = {
      description: 'unpacked files',
      read: async (name) => ({ 't10k-images-idx3-ubyte': images, 't10k-labels-idx1-ubyte': labels })[name],
    };
    expect((await mnist({ source: unpacked }).load('test')).size).toBe(10_000);
    const anew = altered({ 't10k-labels-idx1-ubyte.gz': async () => gzipSync(labels, { level: 1 }) });
    expect((await mnist({ source: anew }).load('test')).size).toBe(10_000);
  });

  it('says which file stands in the place of another', async () => {
    const asTrain = altered({ 'train-labels-idx1-ubyte.gz': () => bytesOf('t10k-labels-idx1-ubyte.gz') });
    expect(await refusal(asTrain, 'train')).toBe(
      'mnist: expected `train-labels-idx1-ubyte.gz` to be the training labels, got the test labels: this is the content of t10k-labels-idx1-ubyte.gz. The files are swapped: give each its own name back.',
    );
    const asLabels = altered({ 't10k-labels-idx1-ubyte.gz': () => bytesOf('t10k-images-idx3-ubyte.gz') });
    expect(await refusal(asLabels, 'test')).toContain('to be the test labels, got the test images');
  });

  it('refuses one changed label, one changed byte of the packed file, and a file cut short', async () => {
    const name = 't10k-labels-idx1-ubyte.gz';
    const changed = gunzipSync(await bytesOf(name));
    changed[100] = (changed[100]! + 1) % 10;
    expect(await refusal(altered({ [name]: async () => gzipSync(changed) }), 'test')).toContain(
      'to be the original file (SHA-256 f7ae60f92e00',
    );
    const flipped = Uint8Array.from(await bytesOf(name));
    flipped[2000] = flipped[2000]! ^ 4;
    expect(await refusal(altered({ [name]: async () => flipped }), 'test')).toContain('cut short or damaged');
    expect(await refusal(altered({ [name]: async () => (await bytesOf(name)).subarray(0, 4000) }), 'test')).toContain(
      'got 4000 bytes that are cut short',
    );
  });
});
