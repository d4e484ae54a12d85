import '@tensorflow/tfjs-backend-cpu';
import { type Dataset, type DatasetCard, GroundstateError } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { memorySource, packedIdx } from '../tests/memory-source';
import { encodeIdx } from './formats/idx';
import { idxDataset } from './idx-dataset';
import { sha256 } from './sha256';

const card: DatasetCard = {
  name: 'tiny',
  classes: 3,
  shape: [2, 2, 1],
  bounds: [0, 1],
  source: 'made for this test',
  licence: 'MIT',
  checksums: {},
};
const sizes = { train: 4, test: 2 };
const whole = {
  'train-images-idx3-ubyte.gz': packedIdx([4, 2, 2], 51),
  'train-labels-idx1-ubyte.gz': packedIdx([4], 2),
  't10k-images-idx3-ubyte.gz': packedIdx([2, 2, 2], 255),
  't10k-labels-idx1-ubyte.gz': packedIdx([2], 1),
};
const tiny = (files: Record<string, Uint8Array>): Dataset => idxDataset({ card, source: memorySource(files), sizes });

async function refusal(dataset: Dataset): Promise<GroundstateError> {
  const error: unknown = await dataset.load('train').catch((cause: unknown) => cause);
  if (!GroundstateError.is(error)) throw new Error(`load did not refuse: ${String(error)}`);
  return error;
}

describe('idxDataset', () => {
  it('reads both splits', async () => {
    const before = tf.memory().numTensors;
    const test = await tiny(whole).load('test');
    expect(test.size).toBe(2);
    const { inputs, labels } = await test.read(Int32Array.of(1));
    expect([...inputs.dataSync()]).toEqual([1, 1, 1, 1]);
    expect([...labels.dataSync()]).toEqual([1]);
    tf.dispose([inputs, labels]);
    expect((await tiny(whole).load('train')).size).toBe(4);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reads files that are not packed, under either name', async () => {
    const images = encodeIdx({ shape: [4, 2, 2], data: new Uint8Array(16) });
    const labels = encodeIdx({ shape: [4], data: Uint8Array.of(0, 1, 2, 0) });
    const plain = tiny({ 'train-images-idx3-ubyte': images, 'train-labels-idx1-ubyte.gz': labels });
    expect([...(await plain.load('train')).labels]).toEqual([0, 1, 2, 0]);
  });

  it('names a missing file and where it was looked for', async () => {
    const error = await refusal(tiny({ 'train-images-idx3-ubyte.gz': whole['train-images-idx3-ubyte.gz'] }));
    expect(error.code).toBe('not-found');
    expect(error.message).toBe(
      'tiny: expected `source` to be a place with train-labels-idx1-ubyte.gz or train-labels-idx1-ubyte, got a map in memory, which has neither. Put the original file there.',
    );
  });

  it('tells images in place of labels', async () => {
    const error = await refusal(tiny({ ...whole, 'train-labels-idx1-ubyte.gz': whole['train-images-idx3-ubyte.gz'] }));
    expect(error.message).toBe(
      'tiny: expected `train-labels-idx1-ubyte` to be an array of shape [4], got [4, 2, 2]. These are images: the files are swapped.',
    );
  });

  it('tells the test file in place of the training file', async () => {
    const error = await refusal(tiny({ ...whole, 'train-images-idx3-ubyte.gz': whole['t10k-images-idx3-ubyte.gz'] }));
    expect(error.message).toContain('got [2, 2, 2]. This is the test file, as far as its size tells.');
  });

  it('refuses images and labels that do not belong together', async () => {
    const files = { ...whole, 'train-labels-idx1-ubyte.gz': packedIdx([3]) };
    expect((await refusal(idxDataset({ card, source: memorySource(files) }))).message).toContain('to be 4 labels, one for each image');
  });

  it('refuses labels beyond the classes and images of another size', async () => {
    expect((await refusal(tiny({ ...whole, 'train-labels-idx1-ubyte.gz': packedIdx([4], 3) }))).message).toContain(
      'to be labels within 0 .. 2, got 3 at position 0.',
    );
    expect((await refusal(tiny({ ...whole, 'train-images-idx3-ubyte.gz': packedIdx([4, 3, 2]) }))).message).toContain(
      'of shape [4, 2, 2], got [4, 3, 2]',
    );
  });

  it('refuses a packed file that unpacks to more than the sizes allow', async () => {
    const error = await refusal(tiny({ ...whole, 'train-images-idx3-ubyte.gz': packedIdx([400, 2, 2]) }));
    expect(error.message).toContain('of at most 128 bytes once decompressed');
  });

  it('accepts original content under a checksum, packed anew too, and nothing else', async () => {
    const name = 'train-images-idx3-ubyte';
    const unpacked = { [name]: await sha256(encodeIdx({ shape: [4, 2, 2], data: new Uint8Array(16).fill(51) })) };
    expect((await idxDataset({ card, source: memorySource(whole), unpacked }).load('train')).size).toBe(4);
    const changed = { ...whole, [`${name}.gz`]: packedIdx([4, 2, 2], 52) };
    const error = await refusal(idxDataset({ card, source: memorySource(changed), unpacked }));
    expect(error.code).toBe('corrupt');
    expect(error.message).toContain(`to be the original file (SHA-256 ${unpacked[name]}), got a file of shape [4, 2, 2] with SHA-256`);
  });

  it('refuses a source that is none, an unknown split and a shape with colours', async () => {
    expect(() => idxDataset({ card, source: 'a/path' as never })).toThrow('tiny: expected `source` to be a file source, got "a/path".');
    await expect(tiny(whole).load('validation' as never)).rejects.toThrow(
      "expected `split` to be one of 'train', 'test', got \"validation\".",
    );
    expect(() => idxDataset({ card: { ...card, shape: [2, 2, 3] }, source: memorySource({}) })).toThrow('to be [height, width, 1]');
  });
});
