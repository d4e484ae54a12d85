import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type DrawingRequest, drawImages } from './draw-images';

/** A picture of its numbers: the label, two traits and one grain, as bytes. */
const request: DrawingRequest = {
  ...{ name: 'numbers', seed: 3, split: 'train', count: 1230, length: 4, traits: 2, grain: 1 },
  draw: (label, traits, grain, pixels) => pixels.set([label, 256 * traits[0]!, 256 * traits[1]!, 256 * grain[0]!]),
};

describe('drawImages', () => {
  it('gives every picture its own numbers and each block of ten every label', async () => {
    const before = tf.memory().numTensors;
    const { pixels, labels } = await drawImages(request);
    expect(tf.memory().numTensors).toBe(before);
    const seen = new Set<string>();
    for (let i = 0; i < 1230; i++) {
      expect(pixels[4 * i]).toBe(labels[i]);
      seen.add(pixels.subarray(4 * i + 1, 4 * i + 4).join());
    }
    // 2^24 pictures that may be: two alike among 1,230 have a chance of one in twenty, and the seed is fixed.
    expect(seen.size).toBe(1230);
    for (let start = 0; start < 1230; start += 10)
      expect([...labels.subarray(start, start + 10)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('draws a part as it is within the whole', async () => {
    const whole = await drawImages(request);
    for (const [start, count] of [
      [0, 7],
      [490, 30],
      [500, 730],
    ] as const) {
      const { pixels, labels } = await drawImages({ ...request, start, count });
      expect(Buffer.compare(pixels, whole.pixels.subarray(4 * start, 4 * (start + count)))).toBe(0);
      expect([...labels]).toEqual([...whole.labels.subarray(start, start + count)]);
    }
  });

  it('has other numbers for another name, seed and split', async () => {
    const { pixels } = await drawImages({ ...request, count: 20 });
    for (const change of [{ name: 'others' }, { seed: 4 }, { split: 'test' }] as const) {
      const other = await drawImages({ ...request, count: 20, ...change });
      expect(Buffer.compare(other.pixels, pixels)).not.toBe(0);
    }
  });
});
