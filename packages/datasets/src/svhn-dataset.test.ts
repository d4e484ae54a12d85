import '@tensorflow/tfjs-backend-cpu';
import { type DatasetCard, type Examples, GroundstateError } from '@groundstate/core';
import { describeDataset } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../tests/memory-source';
import { columnMajor, pixelOf, streetDigits } from '../tests/street-digits';
import type { FileSource } from './file-source';
import { encodeMat5 } from './formats/mat5/encode-mat5';
import type { Mat5Array } from './formats/mat5/mat5-types';
import { openBytes } from './open-file';
import { sha256 } from './sha256';
import { svhnDataset } from './svhn-dataset';

const card: DatasetCard = {
  name: 'tiny',
  classes: 10,
  shape: [32, 32, 3],
  bounds: [0, 1],
  source: 'made for this test',
  licence: 'MIT',
  checksums: {},
};
const train = await streetDigits([1, 10, 9, 2, 2]);
const test = await streetDigits([10, 3], false);
const whole = { 'train_32x32.mat': train, 'test_32x32.mat': test, 'extra_32x32.mat': await streetDigits([7, 8]) };

const X: Mat5Array = { shape: [32, 32, 3, 2], data: columnMajor(2) };
const y: Mat5Array = { shape: [2, 1], data: Uint8Array.of(1, 10) };

async function refusal(file: Uint8Array): Promise<GroundstateError> {
  const error: unknown = await svhnDataset({ card, source: memorySource({ ...whole, 'train_32x32.mat': file }) })
    .load('train')
    .catch((cause: unknown) => cause);
  if (!GroundstateError.is(error)) throw new Error(`load did not refuse: ${String(error)}`);
  return error;
}
const refused = async (arrays: Readonly<Record<string, Mat5Array>>): Promise<string> => (await refusal(await encodeMat5(arrays))).message;

/** The bytes of a batch. */
const bytesOf = (inputs: tf.Tensor): number[] => Array.from(inputs.dataSync(), (value) => Math.round(value * 255));

const expectedImage = (image: number): number[] => {
  const values: number[] = [];
  for (let row = 0; row < 32; row++)
    for (let column = 0; column < 32; column++)
      for (let channel = 0; channel < 3; channel++) values.push(pixelOf(image, row, column, channel));
  return values;
};

describeDataset(() => svhnDataset({ card, source: memorySource(whole) }));

describe('svhnDataset', () => {
  it('turns columns into rows, channels last, and the label 10 into 0', async () => {
    const before = tf.memory().numTensors;
    const examples = await svhnDataset({ card, source: memorySource(whole) }).load('train');
    expect([...examples.labels]).toEqual([1, 0, 9, 2, 2]);
    const { inputs, labels } = await examples.read(Int32Array.of(0, 4));
    expect(inputs.shape).toEqual([2, 32, 32, 3]);
    expect(bytesOf(inputs)).toEqual([...expectedImage(0), ...expectedImage(4)]);
    tf.dispose([inputs, labels]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reads the same, whatever pieces the file comes in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9000 }), async (length) => {
        const source: FileSource = {
          ...memorySource(whole),
          open: async () => ({
            ...openBytes(test),
            chunks: (async function* () {
              for (let start = 0; start < test.length; start += length) yield test.subarray(start, start + length);
            })(),
          }),
        };
        const examples = await svhnDataset({ card, source }).load('test');
        const { inputs, labels } = await examples.read(Int32Array.of(0, 1));
        expect([...labels.dataSync()]).toEqual([0, 3]);
        expect(bytesOf(inputs)).toEqual([...expectedImage(0), ...expectedImage(1)]);
        tf.dispose([inputs, labels]);
      }),
      { numRuns: 20 },
    );
  });

  it('puts the extra digits behind those of the training file', async () => {
    const extra = svhnDataset({ card, source: memorySource(whole), extra: true });
    const examples = await extra.load('train');
    expect([...examples.labels]).toEqual([1, 0, 9, 2, 2, 7, 8]);
    const { inputs, labels } = await examples.read(Int32Array.of(4, 6));
    expect(bytesOf(inputs)).toEqual([...expectedImage(4), ...expectedImage(1)]);
    tf.dispose([inputs, labels]);
    expect((await extra.load('test')).size).toBe(2);
    const without = svhnDataset({ card, source: memorySource({ 'train_32x32.mat': train }), extra: true });
    await expect(without.load('train')).rejects.toThrow(
      'tiny: expected `source` to be a place with extra_32x32.mat, got a map in memory, which has no such file. Put the original file there.',
    );
  });

  it('reads one image, whose last axis MATLAB leaves out', async () => {
    const one = await encodeMat5({ X: { shape: [32, 32, 3], data: columnMajor(1) }, y: { shape: [1, 1], data: Uint8Array.of(10) } });
    expect([...(await svhnDataset({ card, source: memorySource({ 'test_32x32.mat': one }) }).load('test')).labels]).toEqual([0]);
  });

  it('refuses arrays that are missing or of another shape or class', async () => {
    expect(await refused({ X })).toBe(
      'tiny: expected `train_32x32.mat` to be a file of digits with the arrays `X` and `y`, got a MAT-file without `y`. It belongs to another data set, or is damaged: fetch the original file again.',
    );
    expect(await refused({ y })).toContain('got a MAT-file without `X`');
    expect(await refused({ X: y, y: X })).toContain('images `X` of shape [32, 32, 3, n] and class uint8, got [2, 1] of class uint8');
    expect(await refused({ X: { ...X, class: 'double' }, y })).toContain('got [32, 32, 3, 2] of class double');
    expect(await refused({ X: { shape: [2, 3, 32, 32], data: X.data }, y })).toContain('got [2, 3, 32, 32] of class uint8');
    expect(await refused({ X: { shape: [32, 32, 3, 0], data: new Uint8Array(0) }, y })).toContain('got [32, 32, 3, 0]');
    expect(await refused({ X, y: { ...y, shape: [1, 2] } })).toContain('with labels `y` of shape [n, 1], got [1, 2] of class uint8');
    expect(await refused({ X, y: { shape: [3, 1], data: Uint8Array.of(1, 2, 3) } })).toContain(
      'with 2 labels in `y`, one for each image in `X`, got 3',
    );
  });

  it('refuses labels outside of 1 .. 10', async () => {
    const labelled = (data: Mat5Array['data']): Promise<string> => refused({ X, y: { shape: [2, 1], data } });
    expect(await labelled(Uint8Array.of(1, 0))).toContain('with labels 1 .. 10 in `y`, 10 for the digit 0, got 0 at position 1.');
    expect(await labelled(Uint8Array.of(11, 1))).toContain('got 11 at position 0');
    expect(await labelled(Float64Array.of(1.5, 1))).toContain('got 1.5 at position 0');
    expect(await labelled(Float64Array.of(1, Number.NaN))).toContain('got NaN at position 1');
  });

  it('refuses every truncation and every flipped bit of a compressed file, or reads the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: train.length - 1 }), async (length) => {
        const { code } = await refusal(train.subarray(0, length));
        expect(['corrupt', 'invalid-data']).toContain(code);
      }),
    );
    const load = (file: Uint8Array): Promise<Examples> =>
      svhnDataset({ card, source: memorySource({ 'train_32x32.mat': file }) }).load('train');
    const contents = async (examples: Examples): Promise<unknown> => {
      const { inputs, labels } = await examples.read(Int32Array.of(0, 1, 2, 3, 4));
      const seen = { pixels: bytesOf(inputs), labels: [...labels.dataSync()] };
      tf.dispose([inputs, labels]);
      return seen;
    };
    const original = await contents(await load(train));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: train.length - 1 }), fc.integer({ min: 0, max: 7 }), async (position, bit) => {
        const flipped = Uint8Array.from(train);
        flipped[position] = flipped[position]! ^ (1 << bit);
        const outcome = await load(flipped).catch((error: unknown) => error);
        if (GroundstateError.is(outcome)) expect(outcome.message).toMatch(/^tiny: expected `train_32x32\.mat` to be /);
        else expect(await contents(outcome as Examples)).toEqual(original);
      }),
    );
  });

  it('compares a file with the checksum of the card', async () => {
    const checksums = { 'test_32x32.mat': await sha256(test) };
    expect((await svhnDataset({ card: { ...card, checksums }, source: memorySource(whole) }).load('test')).size).toBe(2);
    const changed = Uint8Array.from(test);
    changed[1000] = changed[1000]! ^ 1;
    const source = memorySource({ 'test_32x32.mat': changed });
    expect((await svhnDataset({ card, source }).load('test')).size).toBe(2);
    await expect(svhnDataset({ card: { ...card, checksums }, source }).load('test')).rejects.toThrow(
      `tiny: expected \`test_32x32.mat\` to be the file that the card names (SHA-256 ${checksums['test_32x32.mat']}), got a file with SHA-256`,
    );
  });

  it('refuses a source that is none, another shape or number of classes, and an unknown split', async () => {
    const source = memorySource(whole);
    expect(() => svhnDataset({ card, source: 'a/path' as never })).toThrow('tiny: expected `source` to be a file source, got "a/path".');
    expect(() => svhnDataset({ card: { ...card, shape: [28, 28, 1] }, source })).toThrow('expected `card.shape` to be [32, 32, 3]');
    expect(() => svhnDataset({ card: { ...card, classes: 11 }, source })).toThrow('expected `card.classes` to be 10');
    await expect(svhnDataset({ card, source }).load('extra' as never)).rejects.toThrow("expected `split` to be one of 'train', 'test'");
  });
});
