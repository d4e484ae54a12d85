import '@tensorflow/tfjs-backend-cpu';
import { createNoise, type Dataset, examplesFromArrays } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { fitZca } from './fit-zca';
import { unwhitenedExamples, whitenedExamples, whitenedSpace } from './whitened-space';

beforeAll(() => tf.setBackend('cpu'));

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
const freed = () => expect(tf.memory().numTensors).toBe(tensorsBefore);

const count = 80;
const examples = () => {
  const inputs = tf.tidy(() =>
    createNoise(
      1,
      Int32Array.from({ length: count }, (_, id) => id),
    )
      .uniform([8])
      .dataSync()
      .slice(),
  );
  // Every value leans on the one before it.
  for (let at = 1; at < inputs.length; at++) inputs[at] = (inputs[at]! + inputs[at - 1]!) / 2;
  return examplesFromArrays({
    inputs: inputs as Float32Array,
    labels: Int32Array.from({ length: count }, (_, id) => id % 3),
    shape: [2, 2, 2],
  });
};
const all = Int32Array.from({ length: count }, (_, id) => id);

it('whitened examples have mean zero and the identity for a covariance; ids and labels stay', async () => {
  const pixels = examples();
  const zca = await fitZca(pixels, { form: 'authors', epsilon: 0 });
  const { ids, inputs, labels } = await whitenedExamples(pixels, zca).read(all);
  expect([inputs.shape, ids, labels.dataSync()]).toEqual([[count, 2, 2, 2], all, pixels.labels]);
  const values = inputs.dataSync();
  for (let i = 0; i < 8; i++) {
    for (let j = 0; j <= i; j++) {
      let [product, sum] = [0, 0];
      for (let row = 0; row < count; row++) {
        product += (values[row * 8 + i]! * values[row * 8 + j]!) / count;
        sum += values[row * 8 + i]! / count;
      }
      expect(Math.abs(product - (i === j ? 1 : 0))).toBeLessThan(1e-4);
      expect(Math.abs(sum)).toBeLessThan(1e-5);
    }
  }
  tf.dispose([inputs, labels]);
  freed();
});

it('unwhitened they are what they were', async () => {
  const pixels = examples();
  const zca = await fitZca(pixels);
  const there = await unwhitenedExamples(whitenedExamples(pixels, zca), zca).read(Int32Array.of(3, 7));
  const here = await pixels.read(Int32Array.of(3, 7));
  const wanted = here.inputs.dataSync();
  there.inputs.dataSync().forEach((value, at) => {
    expect(Math.abs(value - wanted[at]!)).toBeLessThan(1e-5);
  });
  tf.dispose([there.inputs, there.labels, here.inputs, here.labels]);
  freed();
});

it('a data set in whitened space says so in its name and its source, and has no bounds', async () => {
  const pixels = examples();
  const zca = await fitZca(pixels, { form: 'authors' });
  const dataset: Dataset = {
    card: { name: 'toy', classes: 3, shape: [2, 2, 2], bounds: [0, 1], source: 'made up', licence: 'none', checksums: { a: 'b' } },
    load: async () => pixels,
  };
  const { card, load } = whitenedSpace(dataset, zca);
  expect(card).toEqual({
    ...dataset.card,
    name: 'toy (whitened space)',
    bounds: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    source: 'made up; ZCA-whitened with 1 / sqrt(S) + epsilon, epsilon 0.000001, fitted to 80 examples',
  });
  const loaded = await (await load('train')).read(Int32Array.of(5));
  const direct = await whitenedExamples(pixels, zca).read(Int32Array.of(5));
  expect(loaded.inputs.arraySync()).toEqual(direct.inputs.arraySync());
  tf.dispose([loaded.inputs, loaded.labels, direct.inputs, direct.labels]);
  freed();
});

it('examples of another shape are refused, and freed', async () => {
  const zca = await fitZca(examples());
  const other = examplesFromArrays({ inputs: new Float32Array(8), labels: [0], shape: [8] });
  await expect(whitenedExamples(other, zca).read(Int32Array.of(0))).rejects.toThrow(
    'whitenedExamples: expected `examples` to be examples of shape [2,2,2], as the fit had, got "examples of shape [8]".',
  );
  freed();
});
