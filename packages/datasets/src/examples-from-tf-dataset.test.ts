import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { examplesFromTfDataset, type TfDataset } from './examples-from-tf-dataset';

/** As tf.data iterates: every element is made when it is asked for, and belongs to whoever asked. */
function datasetOf(...makers: readonly (() => unknown)[]): TfDataset {
  return {
    iterator: async () => {
      let next = 0;
      return { next: async () => (next < makers.length ? { value: makers[next++]!(), done: false } : { value: null, done: true }) };
    },
  };
}

async function read(
  dataset: TfDataset,
  options: Parameters<typeof examplesFromTfDataset>[1],
): Promise<{ inputs: number[]; labels: number[] }> {
  const examples = await examplesFromTfDataset(dataset, options);
  const { inputs, labels } = await examples.read(Int32Array.from({ length: examples.size }, (_, i) => i));
  expect(inputs.shape).toEqual([examples.size, ...options.shape]);
  const answer = { inputs: [...inputs.dataSync()], labels: [...examples.labels] };
  tf.dispose([inputs, labels]);
  return answer;
}

describe('examplesFromTfDataset', () => {
  it('reads batches with sparse labels, of any length, and disposes of them', async () => {
    const before = tf.memory().numTensors;
    const dataset = datasetOf(
      () => ({
        xs: tf.tensor2d([
          [1, 2],
          [3, 4],
        ]),
        ys: tf.tensor1d([0, 2], 'int32'),
      }),
      () => ({ xs: tf.tensor2d([[5, 6]]), ys: tf.tensor2d([[1]]) }),
    );
    expect(await read(dataset, { shape: [2] })).toEqual({ inputs: [1, 2, 3, 4, 5, 6], labels: [0, 2, 1] });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reads single examples, one-hot labels, pairs, integers, numbers and arrays', async () => {
    const before = tf.memory().numTensors;
    const dataset = datasetOf(
      () => ({ xs: tf.tensor1d([1, 2], 'int32'), ys: tf.tensor1d([0, 1, 0]) }),
      () => [[3, 4], 2],
      () => [
        [
          [5, 6],
          [7, 8],
        ],
        tf.oneHot(tf.tensor1d([2, 0], 'int32'), 3),
      ],
    );
    const expectedBefore = tf.memory().numTensors;
    expect(expectedBefore).toBe(before);
    const answer = await read(dataset, { shape: [2], classes: 3 });
    expect(answer).toEqual({ inputs: [1, 2, 3, 4, 5, 6, 7, 8], labels: [1, 2, 2, 0] });
    // The one that tf.oneHot was given above is the test's own.
    expect(tf.memory().numTensors).toBe(before + 1);
  });

  it.each([
    ['another form', () => 7, 'to be of the form { xs, ys } or [xs, ys], got 7 in element 1.'],
    ['another shape', () => [[1, 2, 3], 0], 'with xs of shape [2], or [n, 2], got [3] in element 1.'],
    [
      'words for inputs',
      () => [{ pixels: 1 }, 0],
      'with xs that is a tensor, a number or an array of numbers, got an object with keys [pixels]',
    ],
    ['what is no number', () => [[1, Number.NaN], 0], 'with xs of finite numbers, got NaN in element 1.'],
    ['a class beyond the last', () => [[1, 2], 3], 'with ys within 0 .. 2, got 3 in element 1.'],
    ['half a class', () => [[1, 2], 0.5], 'with ys within 0 .. 2, got 0.5 in element 1.'],
    [
      'rows that are not one-hot',
      () => [
        [1, 2],
        [0, 0.5, 0.5],
      ],
      'a single 1 among zeros, got [0, 0.5, 0.5] in element 1.',
    ],
    [
      'two ones',
      () => [
        [1, 2],
        [0, 1, 1],
      ],
      'a single 1 among zeros, got [0, 1, 1] in element 1.',
    ],
    [
      'rows of another width',
      () => [
        [1, 2],
        [0, 1],
      ],
      'with ys of 1 labels, or 1 rows of 3, one-hot, got shape [2] in element 1.',
    ],
  ])('names the element with %s, and disposes of what it was given', async (_, make, words) => {
    const before = tf.memory().numTensors;
    const dataset = datasetOf(() => ({ xs: tf.tensor1d([1, 2]), ys: tf.scalar(0) }), make);
    await expect(examplesFromTfDataset(dataset, { shape: [2], classes: 3 })).rejects.toThrow(words);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('does not read a dataset without end, without elements, or of another kind', async () => {
    const endless: TfDataset = { iterator: async () => ({ next: async () => ({ value: [[1], 0], done: false }) }) };
    await expect(examplesFromTfDataset(endless, { shape: [1], limit: 10 })).rejects.toThrow('to be of at most 10 examples, got "more".');
    await expect(examplesFromTfDataset(datasetOf(), { shape: [1] })).rejects.toThrow('to be of some examples, got none.');
    await expect(examplesFromTfDataset([] as never, { shape: [1] })).rejects.toThrow('to be a dataset of tf.data');
    await expect(examplesFromTfDataset(endless, {} as never)).rejects.toThrow('expected `shape` to be the shape of one example');
  });
});
