import '@tensorflow/tfjs-backend-cpu';
import type { Dataset, DatasetCard } from '@groundstate/core';
import { describeDataset } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../tests/memory-source';
import { tinyBatches } from '../tests/tiny-cifar';
import { cifarDataset } from './cifar-dataset';
import { encodeCifar } from './formats/cifar-binary';
import { sha256 } from './sha256';

const card: DatasetCard = {
  name: 'tiny',
  classes: 10,
  shape: [32, 32, 3],
  bounds: [0, 1],
  source: 'made for this test',
  licence: 'MIT',
  checksums: {},
};
const tiny = (files: Readonly<Record<string, Uint8Array>>, more: object = {}): Dataset =>
  cifarDataset({ card, source: memorySource(files), ...more });
const one = (label: number, value: number): Uint8Array =>
  encodeCifar({ pixels: new Uint8Array(3072).fill(value), labels: Uint8Array.of(label) });

describeDataset(() => tiny(tinyBatches));

describe('cifarDataset', () => {
  it('reads the training batches one after another, and the test batch', async () => {
    const before = tf.memory().numTensors;
    const examples = await tiny(tinyBatches).load('train');
    expect([...examples.labels]).toEqual([1, 2, 2, 3, 3, 4, 4, 5, 5, 6]);
    expect([...(await tiny(tinyBatches).load('test')).labels]).toEqual([6, 7]);
    const { inputs, labels } = await examples.read(Int32Array.of(5));
    const record = tinyBatches['data_batch_3.bin']!.subarray(3073);
    const [pixel, row] = [17, 30];
    for (let channel = 0; channel < 3; channel++) {
      const byte = record[1 + channel * 1024 + row * 32 + pixel]!;
      expect(inputs.dataSync()[(row * 32 + pixel) * 3 + channel]).toBe(Math.fround(byte / 255));
    }
    tf.dispose([inputs, labels]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reads the batches that are there, of any length, in the order of their numbers', async () => {
    // More than five times the first one: the room that it makes is too small.
    const larger = Uint8Array.from([3, 4, 5, 6, 7].flatMap((label) => [...one(label, label - 1)]));
    const dataset = tiny({ 'data_batch_5.bin': one(9, 7), 'data_batch_2.bin': one(1, 1), 'data_batch_3.bin': larger });
    const examples = await dataset.load('train');
    expect([...examples.labels]).toEqual([1, 3, 4, 5, 6, 7, 9]);
    const { inputs, labels } = await examples.read(Int32Array.of(0, 1, 2, 3, 4, 5, 6));
    expect(inputs.shape).toEqual([7, 32, 32, 3]);
    const means = tf.mean(inputs, [1, 2, 3]);
    for (const [i, mean] of [...means.dataSync()].entries()) expect(mean * 255).toBeCloseTo(i + 1, 4);
    tf.dispose([inputs, labels, means]);
    await expect(dataset.load('test')).rejects.toThrow(
      'tiny: expected `source` to be a place with test_batch.bin, got a map in memory, which has none of them. Put the original files there.',
    );
    await expect(tiny({}).load('train')).rejects.toThrow('a place with data_batch_1.bin or others up to data_batch_5.bin, got a map');
  });

  it('wants every file that it is told, and those that the card has a checksum of', async () => {
    const files = { train: ['data_batch_1.bin', 'mine.bin'], test: ['test_batch.bin'] };
    await expect(tiny(tinyBatches, { files }).load('train')).rejects.toThrow(
      'tiny: expected `source` to be a place with mine.bin, got a map in memory, which has no such file. Put the original file there.',
    );
    expect((await tiny({ ...tinyBatches, 'mine.bin': one(0, 0) }, { files }).load('train')).size).toBe(3);
    const checksums = { 'data_batch_1.bin': await sha256(tinyBatches['data_batch_1.bin']!), 'data_batch_2.bin': '0'.repeat(64) };
    const pinned = tiny(tinyBatches, { card: { ...card, checksums } });
    await expect(pinned.load('train')).rejects.toThrow(
      `tiny: expected \`data_batch_2.bin\` to be the file that the card names (SHA-256 ${'0'.repeat(64)}), got a file with SHA-256 `,
    );
    const { 'data_batch_1.bin': _, ...rest } = tinyBatches;
    await expect(tiny(rest, { card: { ...card, checksums } }).load('train')).rejects.toThrow('a place with data_batch_1.bin, got a map');
  });

  it('names the damaged file, and refuses what it cannot read', async () => {
    await expect(tiny({ ...tinyBatches, 'data_batch_4.bin': one(10, 0) }).load('train')).rejects.toThrow(
      'tiny: expected `data_batch_4.bin` to be a CIFAR file with labels within 0 .. 9, got 10 at position 0.',
    );
    await expect(tiny({ 'data_batch_4.bin': one(1, 0).subarray(1) }).load('train')).rejects.toThrow('tiny: expected `data_batch_4.bin`');
    await expect(tiny(tinyBatches).load('valid' as never)).rejects.toThrow("expected `split` to be one of 'train', 'test'");
    expect(() => tiny(tinyBatches, { card: { ...card, shape: [28, 28, 1] } })).toThrow('expected `card.shape` to be [32, 32, 3]');
    expect(() => tiny(tinyBatches, { card: { ...card, classes: 1 } })).toThrow('expected `card.classes` to be from 2 to 256');
    expect(() => tiny(tinyBatches, { source: undefined })).toThrow('tiny: expected `source` to be a file source, got undefined.');
    expect(() => tiny(tinyBatches, { sizes: 3 })).toThrow('cifarDataset: expected `option` to be one of');
  });
});
