import '@tensorflow/tfjs-backend-cpu';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Dataset } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idxDataset } from '../idx-dataset';
import { syntheticDigits } from '../synthetic-digits';
import { directorySource } from './directory-source';
import { writeIdxDirectory } from './write-idx-directory';

let parent = '';
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'groundstate-write-'));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

const digits = syntheticDigits({ train: 30, test: 20 });
const four = ['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz', 'train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz'];

describe('writeIdxDirectory', () => {
  it('writes four files that idxDataset reads back byte for byte, and leaves nothing else', async () => {
    const before = tf.memory().numTensors;
    const folder = join(parent, 'new', 'digits');
    const paths = await writeIdxDirectory(digits, folder);
    expect((await readdir(folder)).sort()).toEqual(four);
    expect(paths.map((path) => path.slice(folder.length + 1)).sort()).toEqual(four);
    // Magic 00 00 08 03, then 20, 28 and 28, as the format says.
    const images = gunzipSync(await readFile(join(folder, 't10k-images-idx3-ubyte.gz')));
    expect([...images.subarray(0, 16)]).toEqual([0, 0, 8, 3, 0, 0, 0, 20, 0, 0, 0, 28, 0, 0, 0, 28]);
    const read = idxDataset({ card: digits.card, source: directorySource(folder) });
    const all = Int32Array.from({ length: 30 }, (_, i) => i);
    const [one, two] = [await (await digits.load('train')).read(all), await (await read.load('train')).read(all)];
    expect([...two.inputs.dataSync()]).toEqual([...one.inputs.dataSync()]);
    expect([...two.labels.dataSync()]).toEqual([...one.labels.dataSync()]);
    tf.dispose([one.inputs, one.labels, two.inputs, two.labels]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('touches no file that is there already, unless told', async () => {
    const folder = await mkdtemp(join(parent, 'kept-'));
    const path = join(folder, 't10k-labels-idx1-ubyte.gz');
    await writeFile(path, 'mine');
    await expect(writeIdxDirectory(digits, folder)).rejects.toThrow('to be free of the files to write');
    expect(await readdir(folder)).toEqual(['t10k-labels-idx1-ubyte.gz']);
    expect(await readFile(path, 'utf8')).toBe('mine');
    await writeIdxDirectory(digits, folder, { overwrite: true });
    expect((await readdir(folder)).sort()).toEqual(four);
    expect(gunzipSync(await readFile(path)).length).toBe(28);
  });

  it('refuses pixels that bytes cannot hold, and frees what it read', async () => {
    const before = tf.memory().numTensors;
    const half: Dataset = {
      card: digits.card,
      load: async () => ({
        size: 1,
        labels: Int32Array.of(0),
        read: async (ids) => ({ ids, inputs: tf.fill([1, 28, 28, 1], 0.5), labels: tf.tensor1d([0], 'int32') }),
      }),
    };
    const folder = join(parent, 'half');
    await expect(writeIdxDirectory(half, folder)).rejects.toThrow('multiples of 1 / 255 within [0, 1], got 0.5 in example 0.');
    expect(await readdir(folder)).toEqual([]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a data set with colours', async () => {
    const coloured: Dataset = { ...digits, card: { ...digits.card, shape: [32, 32, 3] } };
    await expect(writeIdxDirectory(coloured, join(parent, 'no'))).rejects.toThrow(
      'a data set of shape [height, width, 1], got [32, 32, 3].',
    );
  });
});
