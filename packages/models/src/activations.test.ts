import { secondOrderObstacle } from '@groundstate/core';
import { relativeError, weightDifferences } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeEach, describe, expect, it } from 'vitest';
import { activationLayer, activations, type HiddenActivation, withinLayer } from './activations';
import { mlp } from './mlp';
import { preActResNet18 } from './pre-act-resnet-18';
import { registerLayers } from './register-layers';

// The tape of this file is mended nowhere but in the last tests, by secondOrderObstacle.
let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
const freed = () => expect(tf.memory().numTensors).toBe(tensorsBefore);

const points = [-3, -1.2, -0.3, 0.4, 1.5, 4];
const sigma = (x: number): number => 1 / (1 + Math.exp(-x));
const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
/** The distribution function of the normal distribution, by Simpson's rule on its density. */
function cumulative(x: number): number {
  const [from, steps] = [-12, 4000];
  const h = (x - from) / steps;
  let total = density(from) + density(x);
  for (let i = 1; i < steps; i++) total += (i % 2 === 1 ? 4 : 2) * density(from + i * h);
  return (total * h) / 3;
}

type Curve = (x: number) => number;
/** f, f' and f'' in closed form. */
const curves: Readonly<Record<HiddenActivation, readonly [Curve, Curve, Curve]>> = {
  relu: [(x) => Math.max(x, 0), (x) => (x > 0 ? 1 : 0), () => 0],
  leakyRelu: [(x) => (x > 0 ? x : 0.1 * x), (x) => (x > 0 ? 1 : 0.1), () => 0],
  softplus: [(x) => Math.log1p(Math.exp(x)), sigma, (x) => sigma(x) * sigma(-x)],
  tanh: [Math.tanh, (x) => 1 - Math.tanh(x) ** 2, (x) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2)],
  elu: [(x) => (x > 0 ? x : Math.expm1(x)), (x) => Math.min(1, Math.exp(x)), (x) => (x > 0 ? 0 : Math.exp(x))],
  silu: [(x) => x * sigma(x), (x) => sigma(x) * (1 + x * sigma(-x)), (x) => sigma(x) * sigma(-x) * (2 + x * (1 - 2 * sigma(x)))],
  gelu: [(x) => x * cumulative(x), (x) => cumulative(x) + x * density(x), (x) => density(x) * (2 - x * x)],
};

const numbers = (compute: () => tf.Tensor): number[] => tf.tidy(() => [...compute().dataSync()]);
function near(computed: readonly number[], expected: readonly number[]): void {
  expect(computed).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(computed[i]! - value), `number ${i + 1}`).toBeLessThan(3e-6 * Math.max(1, Math.abs(value)));
  }
}

describe('activationLayer', () => {
  it.each(activations)('%s has the values and the first two derivatives of the closed form', (activation) => {
    const layer = activationLayer({ activation, leakySlope: 0.1 }, 'activation');
    const run = (x: tf.Tensor): tf.Tensor => layer.apply(x) as tf.Tensor;
    const [value, first, second] = curves[activation];
    const at = (): tf.Tensor => tf.tensor1d(points);
    near(
      numbers(() => run(at())),
      points.map(value),
    );
    near(
      numbers(() => tf.grad((x: tf.Tensor) => tf.sum(run(x)))(at())),
      points.map(first),
    );
    // (x f(x))'' = 2 f' + x f'': beside another path tfjs is wrong without a word where f forgets its own part.
    near(
      numbers(() => tf.grad(tf.grad((x: tf.Tensor) => tf.sum(tf.mul(x, run(x)))))(at())),
      points.map((x) => 2 * first(x) + x * second(x)),
    );
    freed();
  });

  it('of leakyRelu has the slope that it is given, and 0 is one', () => {
    for (const leakySlope of [0, 0.25]) {
      const layer = activationLayer({ activation: 'leakyRelu', leakySlope }, 'activation');
      const run = (x: tf.Tensor): tf.Tensor => layer.apply(x) as tf.Tensor;
      near(
        numbers(() => run(tf.tensor1d([-4, 2]))),
        [-4 * leakySlope, 2],
      );
      near(
        numbers(() => tf.grad(run)(tf.tensor1d([-4, 0, 2]), tf.tensor1d([3, 5, 7]))),
        [3 * leakySlope, 5 * leakySlope, 7],
      );
    }
    freed();
  });

  it('keeps a failed row visible: the gradient at NaN is NaN', () => {
    const layer = activationLayer({ activation: 'leakyRelu', leakySlope: 0.1 }, 'activation');
    const slope = numbers(() => tf.grad((x: tf.Tensor) => layer.apply(x) as tf.Tensor)(tf.tensor1d([Number.NaN, 1])));
    expect(slope).toEqual([Number.NaN, 1]);
    freed();
  });

  it.each(activations)('%s comes back from its configuration', (activation) => {
    registerLayers();
    const layer = activationLayer({ activation, leakySlope: 0.3 }, 'mine');
    const network = tfl.sequential({ layers: [tfl.layers.inputLayer({ inputShape: [2] }), layer] });
    const config = JSON.parse(JSON.stringify(network.getConfig()));
    const again = tfl.Sequential.fromConfig(tfl.Sequential as never, config) as tfl.Sequential;
    expect(again.layers.at(-1)!.getClassName()).toBe(layer.getClassName());
    expect(again.layers.at(-1)!.getConfig()).toEqual(layer.getConfig());
    freed();
  });
});

describe('a network', () => {
  it.each(activations)('with %s has it within its layers or behind them, and the gradients of central differences', async (activation) => {
    const model = mlp({ inputShape: [3], hidden: [6], classes: 3, activation, leakySlope: 0.2, seed: 4 });
    const names = model.layersModel.layers.map(({ name }) => name);
    expect(names.includes('dense_1_activation')).toBe(withinLayer(activation) === undefined);
    const inputs = tf.tensor2d([0.2, 0.7, 0.4, 0.9, 0.1, 0.6], [2, 3]);
    const score = (): tf.Scalar => tf.sum(tf.square(model.logits(inputs)));
    const weights = Object.values(model.weights);
    const gradients = tf.tidy(() =>
      tf
        .grads((..._: tf.Tensor[]) => score())(weights)
        .map((gradient) => gradient.dataSync()),
    );
    const references = Object.values(await weightDifferences(model, score, 3e-3));
    for (const [index, gradient] of gradients.entries()) expect(relativeError(gradient, references[index]!)).toBeLessThan(3e-3);
    inputs.dispose();
    model.dispose();
    freed();
  });

  it.each(['leakyRelu', 'silu', 'gelu', 'elu'] as const)('with %s behind batch normalisation may be differentiated twice', (activation) => {
    const model = preActResNet18({ inputShape: [6, 6, 1], widths: [2, 2, 3, 3], classes: 3, activation, seed: 4 });
    tf.tidy(() => {
      expect(secondOrderObstacle(model, tf.randomUniform([3, 6, 6, 1], 0, 1, 'float32', 9))).toBeUndefined();
    });
    model.dispose();
    freed();
  });
});
