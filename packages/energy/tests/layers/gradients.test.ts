import { l2, linf, type Norm } from '@groundstate/core';
import { energyRegularizer, withEnergy } from '@groundstate/energy/layers';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { backend } from './backend';
import { type Case, cases, disagreement, fixedPath, movedBuffers, objective, penalties, size, stepGradient } from './cases';
import fixture from './fixtures/step.json';

/** D_K is about as large as the data loss here, so that neither hides behind the other. */
const pathOf = ({ length = 1.2 }: Case) => ({ length, segments: 2, weight: 2 });
const optionsOf = (given: Case) => ({
  epsilon: 1,
  norm: fixedPath(pathOf(given).length),
  bounds: [-Infinity, Infinity] as const,
  weight: 2,
});
const whole = { epochs: 1, batchSize: size, shuffle: false, verbose: 0 } as const;

async function checkGradient(given: Case, step: (model: tfl.LayersModel, tensors: { x: tf.Tensor[]; y: tf.Tensor[] }) => Promise<number>) {
  const tensors = tf.memory().numTensors;
  const model = given.build();
  const [x, y] = [given.inputs(), given.targets()];
  let loss = 0;
  const gradient = await stepGradient(model, async () => {
    loss = await step(model, { x, y });
  });
  const buffers = movedBuffers(model, given);
  const total = (): number => {
    const { data, energy } = objective(model, given, pathOf(given), buffers);
    return data + energy + penalties(model);
  };
  const { data, energy } = objective(model, given, pathOf(given), buffers);
  expect(energy / data).toBeGreaterThan(0.05);
  expect(Math.abs(loss / total() - 1)).toBeLessThan(2e-6);
  expect(disagreement(model, gradient, total)).toBeLessThan(1e-4);
  tf.dispose([...x, ...y, ...gradient, ...buffers]);
  model.dispose();
  model.optimizer.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
}

const only = <T>(values: T[]): T | T[] => (values.length === 1 ? values[0]! : values);

describe(`the step's gradient on ${backend}`, () => {
  it.each(cases)('is that of loss and energy together, with $name', async (given) => {
    await checkGradient(given, async (model, { x, y }) => {
      const { classWeight } = given;
      const { history } = await model.fit(only(x), only(y), {
        ...whole,
        ...(classWeight ? { classWeight } : {}),
        callbacks: energyRegularizer(optionsOf(given)),
      });
      return history.loss![0] as number;
    });
  });

  it.each([cases.at(0)!, cases.at(-1)!])('is the same in fitDataset, with $name', async (given) => {
    await checkGradient(given, async (model, { x, y }) => {
      const named = (names: string[], tensors: tf.Tensor[]) => Object.fromEntries(names.map((name, i) => [name, tf.clone(tensors[i]!)]));
      const iterator = () => {
        let done = false;
        const next = async () => {
          if (done) return { value: null, done };
          done = true;
          return { value: { xs: named(model.inputNames, x), ys: named(model.outputNames, y) }, done: false };
        };
        return Promise.resolve({ next });
      };
      const { history } = await model.fitDataset({ iterator, size: 1 } as never, {
        epochs: 1,
        verbose: 0,
        callbacks: [energyRegularizer(optionsOf(given))],
      });
      return history.loss![0] as number;
    });
  });

  it.each(cases.filter(({ classWeight }) => !classWeight))('is the same in trainOnBatch, with $name', async (given) => {
    await checkGradient(given, async (model, { x, y }) => {
      const { results } = await withEnergy(model, optionsOf(given)).trainOnBatch(x.length === 1 ? x[0]! : x, y.length === 1 ? y[0]! : y);
      return results[0]!;
    });
  });
});

type Written = { readonly shape: number[]; readonly data: number[] };
const read = ({ shape, data }: Written): tf.Tensor => tf.tensor(data, shape);

describe(`against PyTorch in float64 on ${backend}`, () => {
  it.each(['mlp', 'convnet'] as const)('one step of the %s, ascent included, has its energy and its gradient', async (name) => {
    const { inputs, weights, start, ends, labels, gradients, bounded, data, energy } = fixture[name];
    const [x, move] = [read(inputs), read(start)];
    const y = tf.tensor2d(labels, [labels.length, 1]);
    const first =
      name === 'mlp'
        ? [tfl.layers.dense({ units: 9, inputShape: [7], activation: 'tanh' })]
        : [tfl.layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, inputShape: [7, 7, 2], activation: 'tanh' }), tfl.layers.flatten()];
    const model = tfl.sequential({ layers: [...first, tfl.layers.dense({ units: 3, activation: 'softmax' })] });
    model.compile({ optimizer: tf.train.sgd(1), loss: 'sparseCategoricalCrossentropy' });
    const values = weights.map(read);
    model.setWeights(values);
    let last: tf.Tensor | undefined;
    const norm: Norm = {
      ...l2(),
      sample: (center) => tf.add(center, move),
      project: (...given) => {
        last?.dispose();
        last = tf.keep(l2().project(...given));
        return tf.clone(last);
      },
    };
    const { epsilon, steps, segments, weight } = fixture;
    const bounds = bounded ? ([0, 1] as const) : ([-Infinity, Infinity] as const);
    const robust = withEnergy(model, { epsilon, norm, steps, segments, weight, bounds });
    let seen = { results: [0], energy: 0 };
    const gradient = await stepGradient(model, async () => {
      seen = await robust.trainOnBatch(x, y);
    });
    expect(Math.abs(seen.energy / energy - 1)).toBeLessThan(1e-5);
    expect(Math.abs(seen.results[0]! / (data + energy) - 1)).toBeLessThan(1e-5);
    const errors = tf.tidy(() => {
      const apart = (left: tf.Tensor, right: tf.Tensor): number => tf.div(tf.norm(tf.sub(left, right)), tf.norm(right)).dataSync()[0]!;
      return [apart(last!, read(ends)), ...gradient.map((tensor, index) => apart(tensor, read(gradients[index]!)))];
    });
    expect(Math.max(...errors)).toBeLessThan(1e-5);
    tf.dispose([x, move, y, last!, ...values, ...gradient]);
    model.dispose();
  });
});

describe('a confident model', () => {
  it.each([
    ['categoricalCrossentropy', 'softmax', [[1, 0]]],
    ['sparseCategoricalCrossentropy', 'softmax', [[0]]],
    ['binaryCrossentropy', 'sigmoid', [[1, 0]]],
  ] as const)('has an energy under %s, where clipped probabilities have none', async (loss, activation, label) => {
    // Logits x (1, -1), x near 30: p is 1 in float32, and l = log(1 + exp(-2 x)), or its likes, far below the clip of 1e-7.
    const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 2, inputShape: [1], useBias: false, activation })] });
    model.compile({ optimizer: tf.train.sgd(1), loss });
    const values = [tf.tensor2d([[1, -1]])];
    model.setWeights(values);
    const [x, y] = [tf.tensor2d([[10]]), tf.tensor2d(label as unknown as number[][])];
    const robust = withEnergy(model, { epsilon: 1, norm: linf(), bounds: [-Infinity, Infinity], segments: 1, weight: 1e12 });
    const { energy } = await robust.trainOnBatch(x, y);
    // The loss rises towards x = 9, the wall of the ball. Softmax: logits differ by 2 x; each sigmoid by x, over two units.
    const l = (at: number): number => Math.log1p(Math.exp(activation === 'softmax' ? -2 * at : -at));
    expect(Math.abs(energy / (1e12 * (l(9) - l(10)) ** 2) - 1)).toBeLessThan(1e-4);
    tf.dispose([x, y, ...values]);
    model.dispose();
  });
});
