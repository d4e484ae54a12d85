import '@tensorflow/tfjs-backend-cpu';
import type { Examples } from '@groundstate/core';
import { describeDataset } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { sha256 } from './sha256';
import { syntheticDigits } from './synthetic-digits';

describeDataset(() => syntheticDigits({ train: 40, test: 20 }));

/** All pixels as bytes again, and no tensor left. */
async function bytesOf(examples: Examples): Promise<Uint8Array> {
  const { inputs, labels } = await examples.read(Int32Array.from({ length: examples.size }, (_, i) => i));
  const bytes = Uint8Array.from(inputs.dataSync(), (value) => Math.round(value * 255));
  tf.dispose([inputs, labels]);
  return bytes;
}

const imageOf = (bytes: Uint8Array, index: number): Uint8Array => bytes.subarray(index * 784, (index + 1) * 784);

describe('syntheticDigits', () => {
  it('says plainly that it is not MNIST', () => {
    const { card } = syntheticDigits();
    expect(card.source).toBe("drawn by Groundstate's own code (seed 1); not MNIST");
    expect(card).toMatchObject({ name: 'synthetic-digits', classes: 10, shape: [28, 28, 1], bounds: [0, 1] });
  });

  it('makes the same bytes on every machine', async () => {
    const before = tf.memory().numTensors;
    const examples = await syntheticDigits({ train: 1000, test: 10 }).load('train');
    expect(await sha256(await bytesOf(examples))).toBe('4a74282292440c0b3a5aa164a4ec400547a6fbc0481e7a2df32c3839901e2e8c');
    expect(await sha256(Uint8Array.from(examples.labels))).toBe('00275dee75aa96efa89adbc2705857da05c26f86e1ebd4da52e71742db7905b3');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('has every digit once among every ten images, in mixed order', async () => {
    const { labels } = await syntheticDigits({ train: 1000 }).load('train');
    const orders = new Set<string>();
    for (let start = 0; start < 1000; start += 10) {
      const block = [...labels.subarray(start, start + 10)];
      expect([...block].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      orders.add(block.join());
    }
    expect(orders.size).toBeGreaterThan(95);
  });

  it('draws image i the same whatever the size, and differently for another seed', async () => {
    const small = await bytesOf(await syntheticDigits({ train: 7 }).load('train'));
    const large = await bytesOf(await syntheticDigits({ train: 1203 }).load('train'));
    const other = await bytesOf(await syntheticDigits({ seed: 2, train: 7 }).load('train'));
    expect(Buffer.compare(small, large.subarray(0, small.length))).toBe(0);
    expect(Buffer.compare(small, other)).not.toBe(0);
  });

  it('never draws the same image twice, within a split or across the two', async () => {
    const digits = syntheticDigits({ train: 3000, test: 1000 });
    const seen = new Set<string>();
    for (const split of ['train', 'test'] as const) {
      const bytes = await bytesOf(await digits.load(split));
      for (let i = 0; i < bytes.length / 784; i++) seen.add(Buffer.from(imageOf(bytes, i)).toString('latin1'));
    }
    expect(seen.size).toBe(4000);
  });

  it('puts clear ink near the centre of clean paper', async () => {
    const bytes = await bytesOf(await syntheticDigits({ train: 2000 }).load('train'));
    for (let i = 0; i < 2000; i++) {
      const image = imageOf(bytes, i);
      let [mass, massX, massY] = [0, 0, 0];
      for (const [position, byte] of image.entries()) {
        mass += byte;
        massX += byte * (position % 28);
        massY += byte * Math.floor(position / 28);
      }
      expect(Math.max(...image)).toBeGreaterThan(150);
      expect(Math.abs(massX / mass - 13.5)).toBeLessThan(3.5);
      expect(Math.abs(massY / mass - 13.5)).toBeLessThan(3.5);
    }
  });

  it('is neither trivial nor hopeless: the nearest class mean is right on six to nine images out of ten', async () => {
    const digits = syntheticDigits({ train: 3000, test: 1000 });
    const train = await digits.load('train');
    const trainBytes = await bytesOf(train);
    const means = Array.from({ length: 10 }, () => new Float64Array(784));
    for (let i = 0; i < train.size; i++) for (let p = 0; p < 784; p++) means[train.labels[i]!]![p]! += trainBytes[i * 784 + p]! / 300;
    const test = await digits.load('test');
    const testBytes = await bytesOf(test);
    let right = 0;
    for (let i = 0; i < test.size; i++) {
      const image = imageOf(testBytes, i);
      const distances = means.map((mean) => mean.reduce((sum, value, p) => sum + (value - image[p]!) ** 2, 0));
      if (distances.indexOf(Math.min(...distances)) === test.labels[i]) right++;
    }
    expect(right).toBeGreaterThan(600);
    expect(right).toBeLessThan(900);
  });

  it('refuses sizes, seeds, options and splits that make no sense', async () => {
    expect(() => syntheticDigits({ train: 0 })).toThrow(
      'syntheticDigits: expected `train` to be an integer of at least 1 and of at most 1000000, got 0.',
    );
    expect(() => syntheticDigits({ seed: 0.5 })).toThrow('syntheticDigits: expected `seed` to be an integer');
    expect(() => syntheticDigits({ size: 10 } as never)).toThrow("expected `option` to be one of 'seed', 'train', 'test', got \"size\".");
    await expect(syntheticDigits().load('all' as never)).rejects.toThrow("expected `split` to be one of 'train', 'test', got \"all\".");
  });
});
