import '@tensorflow/tfjs-backend-cpu';
import { describeDataset } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { bytesOf, meanClassifierScore } from '../tests/image-bytes';
import { canvasGrain, canvasLength } from './drawing/canvas';
import { drawImages } from './drawing/draw-images';
import { sha256 } from './sha256';
import { drawShape, shapeTraitCount } from './shapes/draw-shape';
import { syntheticShapes, syntheticShapesClassNames } from './synthetic-shapes';

describeDataset(() => syntheticShapes({ train: 40, test: 20 }));

describe('syntheticShapes', () => {
  it('says plainly that it is not CIFAR-10', () => {
    const { card } = syntheticShapes();
    expect(card.source).toBe("drawn by Groundstate's own code (seed 1); not CIFAR-10");
    expect(card).toMatchObject({ name: 'synthetic-shapes', classes: 10, shape: [32, 32, 3], bounds: [0, 1] });
    expect(syntheticShapesClassNames).toHaveLength(10);
  });

  it('makes the same bytes on every machine, whatever their number', async () => {
    const before = tf.memory().numTensors;
    const large = await syntheticShapes({ train: 1003, test: 10 }).load('train');
    const bytes = await bytesOf(large);
    expect(await sha256(bytes.subarray(0, 1000 * canvasLength))).toBe('f52fb7c35547b200f25a60d5bb5fb996887105a1493bb485669bdf1e313dacc2');
    const small = await syntheticShapes({ train: 7 }).load('train');
    expect(Buffer.compare(await bytesOf(small), bytes.subarray(0, 7 * canvasLength))).toBe(0);
    expect([...small.labels]).toEqual([...large.labels.subarray(0, 7)]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('comes through the files as it was drawn, from all five files', async () => {
    const train = await syntheticShapes({ seed: 5, train: 230, test: 10 }).load('train');
    expect(train.size).toBe(230);
    const request = { name: 'synthetic-shapes', seed: 5, split: 'train', length: canvasLength, traits: shapeTraitCount } as const;
    for (const [start, count] of [
      [0, 20],
      [40, 190],
    ] as const) {
      const drawn = await drawImages({ ...request, start, count, grain: canvasGrain, draw: drawShape });
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
      const shapes = syntheticShapes({ seed, train: 150, test: 100 });
      for (const split of ['train', 'test'] as const) {
        const bytes = await bytesOf(await shapes.load(split));
        for (let at = 0; at < bytes.length; at += canvasLength)
          seen.add(Buffer.from(bytes.subarray(at, at + canvasLength)).toString('latin1'));
      }
    }
    expect(seen.size).toBe(500);
  });

  it('has no class that a colour or a place gives away: the nearest class mean is right about as often as chance', async () => {
    const shapes = syntheticShapes({ train: 1000, test: 500 });
    const score = await meanClassifierScore(await shapes.load('train'), await shapes.load('test'));
    // One out of ten, with a standard deviation of sqrt(0.1 x 0.9 / 500), 0.013.
    expect(score).toBeLessThan(0.2);
  });

  it('refuses sizes, seeds, options and splits that make no sense', async () => {
    expect(() => syntheticShapes({ train: 500_001 })).toThrow(
      'syntheticShapes: expected `train` to be an integer of at least 1 and of at most 500000, got 500001.',
    );
    expect(() => syntheticShapes({ seed: 0.5 })).toThrow('syntheticShapes: expected `seed` to be an integer');
    expect(() => syntheticShapes({ size: 10 } as never)).toThrow("expected `option` to be one of 'seed', 'train', 'test', got \"size\".");
    await expect(syntheticShapes().load('all' as never)).rejects.toThrow("expected `split` to be one of 'train', 'test', got \"all\".");
  });
});
