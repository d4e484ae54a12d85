import '@tensorflow/tfjs-backend-cpu';
import { describeDataset } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { bytesOf, meanClassifierScore } from '../tests/image-bytes';
import { canvasGrain, canvasLength } from './drawing/canvas';
import { drawImages } from './drawing/draw-images';
import { sha256 } from './sha256';
import { drawStreetDigit, streetTraitCount } from './street-digits/draw-street-digit';
import { syntheticStreetDigits } from './synthetic-street-digits';

describeDataset(() => syntheticStreetDigits({ train: 40, test: 20 }));

describe('syntheticStreetDigits', () => {
  it('says plainly that it is not SVHN', () => {
    const { card } = syntheticStreetDigits();
    expect(card.source).toBe("drawn by Groundstate's own code (seed 1); not SVHN");
    expect(card).toMatchObject({ name: 'synthetic-street-digits', classes: 10, shape: [32, 32, 3], bounds: [0, 1] });
  });

  it('makes the same bytes on every machine, whatever their number', async () => {
    const before = tf.memory().numTensors;
    const large = await syntheticStreetDigits({ train: 1003, test: 10 }).load('train');
    const bytes = await bytesOf(large);
    expect(await sha256(bytes.subarray(0, 1000 * canvasLength))).toBe('de9782de5a35e02b0a284d16a25d2827644e9f5847946602e79081f70bdcdc23');
    const small = await syntheticStreetDigits({ train: 7 }).load('train');
    expect(Buffer.compare(await bytesOf(small), bytes.subarray(0, 7 * canvasLength))).toBe(0);
    expect([...small.labels]).toEqual([...large.labels.subarray(0, 7)]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('comes through the file as it was drawn, zeros too', async () => {
    const train = await syntheticStreetDigits({ seed: 5, train: 530, test: 10 }).load('train');
    expect(train.size).toBe(530);
    const request = { name: 'synthetic-street-digits', seed: 5, split: 'train', length: canvasLength, traits: streetTraitCount } as const;
    for (const [start, count] of [
      [0, 20],
      [500, 30],
    ] as const) {
      const drawn = await drawImages({ ...request, start, count, grain: canvasGrain, draw: drawStreetDigit });
      const { ids, inputs, labels } = await train.read(Int32Array.from({ length: count }, (_, i) => start + i));
      expect(ids[0]).toBe(start);
      expect(
        Buffer.compare(
          Uint8Array.from(inputs.dataSync(), (value) => Math.round(value * 255)),
          drawn.pixels,
        ),
      ).toBe(0);
      expect([...labels.dataSync()]).toEqual([...drawn.labels]);
      tf.dispose([inputs, labels]);
    }
  });

  it('never draws the same image twice, within a split, across the two or for another seed', async () => {
    const seen = new Set<string>();
    for (const seed of [1, 2]) {
      const numbers = syntheticStreetDigits({ seed, train: 150, test: 100 });
      for (const split of ['train', 'test'] as const) {
        const bytes = await bytesOf(await numbers.load(split));
        for (let at = 0; at < bytes.length; at += canvasLength)
          seen.add(Buffer.from(bytes.subarray(at, at + canvasLength)).toString('latin1'));
      }
    }
    expect(seen.size).toBe(500);
  });

  it('has no class that a colour or a place gives away: the nearest class mean is right about as often as chance', async () => {
    const numbers = syntheticStreetDigits({ train: 1000, test: 500 });
    const score = await meanClassifierScore(await numbers.load('train'), await numbers.load('test'));
    // One out of ten, with a standard deviation of sqrt(0.1 x 0.9 / 500), 0.013.
    expect(score).toBeLessThan(0.2);
  });

  it('refuses sizes, seeds, options and splits that make no sense', async () => {
    expect(() => syntheticStreetDigits({ train: 500_001 })).toThrow(
      'syntheticStreetDigits: expected `train` to be an integer of at least 1 and of at most 500000, got 500001.',
    );
    expect(() => syntheticStreetDigits({ seed: 0.5 })).toThrow('syntheticStreetDigits: expected `seed` to be an integer');
    expect(() => syntheticStreetDigits({ size: 10 } as never)).toThrow(
      "expected `option` to be one of 'seed', 'train', 'test', got \"size\".",
    );
    await expect(syntheticStreetDigits().load('all' as never)).rejects.toThrow(
      "expected `split` to be one of 'train', 'test', got \"all\".",
    );
  });
});
