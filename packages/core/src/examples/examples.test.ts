import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../tests/tensors';
import type { Batch, Examples } from '../contract/data';
import { batches } from './batches';
import { examplesFromArrays } from './examples-from-arrays';
import { order } from './order';
import { subset } from './subset';

const settings = { seed: 51, numRuns: 60 };
const nat = fc.integer({ min: 0, max: 40 });

/** Examples of two numbers each, (10 i, 10 i + 1), of class i modulo 3. */
const counted = (size: number): Examples =>
  examplesFromArrays({
    inputs: Float32Array.from({ length: 2 * size }, (_, i) => 10 * (i >> 1) + (i & 1)),
    labels: Array.from({ length: size }, (_, i) => i % 3),
    shape: [2],
  });

/** What a batch holds, freed. */
function read({ ids, inputs, labels }: Batch): { ids: number[]; inputs: number[]; labels: number[] } {
  const seen = { ids: [...ids], inputs: [...inputs.dataSync()], labels: [...labels.dataSync()] };
  tf.dispose([inputs, labels]);
  return seen;
}

describe('order', () => {
  it('is a permutation, the same for the same seed and epoch', () => {
    const law = fc.property(nat, fc.maxSafeInteger(), nat, (size, seed, epoch) => {
      const once = order(size, { seed, epoch });
      expect([...once].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
      expect(order(size, { seed, epoch })).toEqual(once);
    });
    fc.assert(law, settings);
  });

  it('differs between epochs and between seeds, also those 2^32 apart', () => {
    const keys = [
      [1, 0],
      [1, 1],
      [2, 0],
      [-1, 0],
      [1 + 2 ** 32, 0],
      [0, 1],
    ] as const;
    const orders = keys.map(([seed, epoch]) => order(50, { seed, epoch }).join());
    expect(new Set(orders).size).toBe(keys.length);
  });

  it('puts every example first equally often', () => {
    const counts = new Array<number>(5).fill(0);
    for (let epoch = 0; epoch < 2000; epoch++) counts[order(5, { seed: 3, epoch })[0]!]!++;
    // 400 expected; the standard deviation is sqrt(2000 * 0.2 * 0.8), 18.
    for (const count of counts) expect(Math.abs(count - 400)).toBeLessThan(4 * 18);
  });

  it('orders of two streams differ, and that of stream 0 is the one without', () => {
    const plain = order(30, { seed: 1, epoch: 2 });
    expect(order(30, { seed: 1, epoch: 2, stream: 0 })).toEqual(plain);
    const other = order(30, { seed: 1, epoch: 2, stream: 1 });
    expect(other).not.toEqual(plain);
    expect([...other].sort((a, b) => a - b)).toEqual(Array.from(plain).sort((a, b) => a - b));
  });

  it('says what it refuses', () => {
    expect(() => order(-1, { seed: 1, epoch: 0 })).toThrow('order: expected `size` to be an integer of at least 0, got -1.');
    expect(() => order(1, { seed: 0.5, epoch: 0 })).toThrow('order: expected `seed` to be an integer, got 0.5.');
    expect(() => order(1, { seed: 1, epoch: -1 })).toThrow(/`epoch`/);
  });
});

describe('batches', () => {
  leavesNoTensors();

  const seenIn = async (options: Parameters<typeof batches>[1], size = 7): Promise<number[][]> => {
    const seen: number[][] = [];
    for await (const batch of batches(counted(size), options)) seen.push(read(batch).ids);
    return seen;
  };

  it('cover each position once, in order; the last is smaller', async () => {
    expect(await seenIn({ size: 3 })).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(await seenIn({ size: 9 })).toEqual([[0, 1, 2, 3, 4, 5, 6]]);
    expect(await seenIn({ size: 2 }, 0)).toEqual([]);
  });

  it('follow the order they are given, and resume where they stopped', async () => {
    const law = fc.asyncProperty(nat, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 6 }), async (count, size, start) => {
      const visited = order(count, { seed: 1, epoch: 0 });
      const all = await seenIn({ size, order: visited }, count);
      expect(all.flat()).toEqual([...visited]);
      expect(await seenIn({ size, order: visited, start }, count)).toEqual(all.slice(start));
    });
    await fc.assert(law, { ...settings, numRuns: 20 });
  });

  it('say what they refuse', async () => {
    await expect(seenIn({ size: 0 })).rejects.toThrow('batches: expected `size` to be an integer of at least 1, got 0.');
    await expect(seenIn({ size: 1, start: -1 })).rejects.toThrow(/`start`/);
  });
});

describe('subset', () => {
  leavesNoTensors();

  it('has the examples at its positions, with the ids and labels they had', async () => {
    const some = subset(counted(9), Int32Array.from([8, 2, 5]));
    expect([some.size, ...some.labels]).toEqual([3, 2, 2, 2]);
    expect(read(await some.read(Int32Array.from([2, 0])))).toEqual({ ids: [5, 8], inputs: [50, 51, 80, 81], labels: [2, 2] });
    const nested = subset(some, Int32Array.from([1]));
    expect(read(await nested.read(Int32Array.from([0]))).ids).toEqual([2]);
  });

  it('refuses positions that it or its parent does not have', async () => {
    expect(() => subset(counted(3), Int32Array.from([3]))).toThrow(
      'subset: expected `positions` to be an integer of at least 0 and of at most 2, got 3.',
    );
    const some = subset(counted(3), Int32Array.from([1]));
    await expect(some.read(Int32Array.from([1]))).rejects.toThrow(/subset: expected `positions` .* got 1\./);
    await expect(some.read(Int32Array.from([-1]))).rejects.toThrow(/got -1\./);
  });
});

describe('examplesFromArrays', () => {
  leavesNoTensors();

  it('reads by position, in any order, also twice', async () => {
    const batch = await counted(4).read(Int32Array.from([3, 0, 3]));
    expect([batch.inputs.shape, batch.inputs.dtype, batch.labels.dtype]).toEqual([[3, 2], 'float32', 'int32']);
    expect(read(batch)).toEqual({ ids: [3, 0, 3], inputs: [30, 31, 0, 1, 30, 31], labels: [0, 0, 0] });
  });

  it('says what it refuses', async () => {
    const make = (inputs: number, labels: number[], shape: number[]): Examples =>
      examplesFromArrays({ inputs: new Float32Array(inputs), labels, shape });
    expect(() => make(5, [0, 1], [3])).toThrow(
      'examplesFromArrays: expected `inputs` to be 2 examples of 3 numbers (6 in all), got "5 numbers".',
    );
    expect(() => make(2, [0, 1.5], [1])).toThrow('examplesFromArrays: expected `labels` to be whole numbers from 0, got 1.5.');
    expect(() => make(2, [0, -1], [1])).toThrow(/got -1\./);
    expect(() => make(0, [0], [0])).toThrow('examplesFromArrays: expected `shape` to be an integer of at least 1, got 0.');
    await expect(make(2, [0, 1], [1]).read(Int32Array.from([2]))).rejects.toThrow(/`positions`/);
  });
});
