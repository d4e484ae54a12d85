import '@tensorflow/tfjs-backend-cpu';
import { examplesFromArrays } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { fitChannelStatistics } from './fit-channel-statistics';

beforeAll(() => tf.setBackend('cpu'));

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
const freed = () => expect(tf.memory().numTensors).toBe(tensorsBefore);
const examplesOf = (inputs: readonly number[], shape: readonly number[]) => {
  const count = inputs.length / shape.reduce((product, size) => product * size, 1);
  return examplesFromArrays({ inputs: Float32Array.from(inputs), labels: new Int32Array(count), shape });
};

it('mean and deviation are those worked out by hand, for every channel, over all places and examples', async () => {
  // Channel 0: 1, 3, 5, 7 (mean 4, squares of the differences 9, 1, 1, 9). Channel 1: 10, 10, 10, 30 (mean 15, squares 25, 25, 25, 225).
  const examples = examplesOf([1, 10, 3, 10, 5, 10, 7, 30], [1, 2, 2]);
  for (const batchSize of [1, 2, 5]) {
    const { mean, std } = await fitChannelStatistics(examples, { batchSize });
    expect(mean).toEqual([4, 15]);
    expect(std).toEqual([Math.sqrt(5), Math.sqrt(75)]);
  }
  freed();
});

it('a small deviation far from zero is found, and a channel that never varies has none', async () => {
  // 10,000 + 0 or 2^-9, which float32 still tells apart there: of a squared sum, double precision would leave two digits.
  const values = Array.from({ length: 2000 }, (_, at) => (at % 2 === 0 ? 10_000 + (at % 4) * 2 ** -10 : 7));
  const { mean, std } = await fitChannelStatistics(examplesOf(values, [5, 2]));
  expect(mean).toEqual([10_000 + 2 ** -10, 7]);
  expect(std).toEqual([2 ** -10, 0]);
  freed();
});

it('progress ends at 1, and the signal stops it', async () => {
  const examples = examplesOf([1, 2, 3, 4, 5], [1]);
  const shares: number[] = [];
  await fitChannelStatistics(examples, { batchSize: 2, onProgress: ({ share }) => shares.push(share) });
  expect(shares).toEqual([0.4, 0.8, 1]);
  const abort = new AbortController();
  const stopped = fitChannelStatistics(examples, { batchSize: 2, signal: abort.signal, onProgress: () => abort.abort() });
  await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
  freed();
});

it('NaN is refused with the example that holds it, and so is nothing at all', async () => {
  const broken = examplesOf([1, 2, 3, 4, Number.NaN, 6], [2]);
  await expect(fitChannelStatistics(broken)).rejects.toThrow(
    'fitChannelStatistics: expected `examples` to be finite, got NaN in example 2. Leave that example out: subset(examples, positions).',
  );
  await expect(fitChannelStatistics(examplesOf([], [2]))).rejects.toThrow(
    'fitChannelStatistics: expected `examples` to be at least 1, got 0.',
  );
  await expect(fitChannelStatistics(broken, { batch: 1 } as object)).rejects.toThrow('expected `option`');
  freed();
});
