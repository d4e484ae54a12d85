import '@tensorflow/tfjs-backend-cpu';
import { createNoise } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { convnet } from './convnet';
import type { LayersClassifier } from './from-layers-model';
import { mlp } from './mlp';

beforeAll(() => tf.setBackend('cpu'));

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
/** As tf.tidy, which would look for tensors inside the assertion that an arrow function returns. */
const scoped = (body: () => unknown): void => {
  tf.tidy(() => {
    body();
  });
};
const freed = () => expect(tf.memory().numTensors).toBe(tensorsBefore);

const values = (model: LayersClassifier): number[][] => Object.values(model.weights).map((weight) => Array.from(weight.dataSync()));
const count = (model: LayersClassifier): number => values(model).reduce((sum, { length }) => sum + length, 0);
const using = (model: LayersClassifier, body: (model: LayersClassifier) => void): void => {
  body(model);
  model.dispose();
};

describe('mlp', () => {
  it('is flatten and dense layers with fixed names', () => {
    using(mlp(), (model) => {
      expect(Object.keys(model.weights)).toEqual([
        'dense_1/kernel',
        'dense_1/bias',
        'dense_2/kernel',
        'dense_2/bias',
        'dense_3/kernel',
        'dense_3/bias',
      ]);
      // 784 * 256 + 256, 256 * 256 + 256, 256 * 10 + 10
      expect(count(model)).toBe(200_960 + 65_792 + 2_570);
      expect([model.name, model.classes, model.inputShape, model.buffers]).toEqual(['mlp', 10, [28, 28, 1], {}]);
    });
    using(mlp({ inputShape: [4], hidden: [], classes: 3 }), (model) => expect(count(model)).toBe(15));
    freed();
  });

  it('refuses options by name', () => {
    expect(() => mlp({ hidden: [0] })).toThrow('mlp: expected `hidden` to be an array of positive integers up to 1048576, got [0].');
    expect(() => mlp({ activation: 'mish' as 'relu' })).toThrow(
      "mlp: expected `activation` to be one of 'relu', 'softplus', 'tanh', 'elu', 'leakyRelu', 'silu', 'gelu', got \"mish\".",
    );
    expect(() => mlp({ classes: 1 })).toThrow('mlp: expected `classes` to be an integer of at least 2, got 1.');
    expect(() => mlp({ width: 3 } as object)).toThrow('expected `option`');
    freed();
  });
});

describe('convnet', () => {
  it('is the small strided network for digits', () => {
    using(convnet(), (model) => {
      // 4*4*1*16 + 16, 4*4*16*32 + 32, 7*7*32 * 100 + 100, 100 * 10 + 10
      expect(count(model)).toBe(272 + 8_224 + 156_900 + 1_010);
      expect(Object.keys(model.weights).filter((key) => key.endsWith('kernel'))).toEqual([
        'conv_1/kernel',
        'conv_2/kernel',
        'dense_1/kernel',
        'dense_2/kernel',
      ]);
      expect(model.weights['dense_1/kernel']!.shape).toEqual([1568, 100]);
      scoped(() => expect(model.logits(tf.zeros([2, 28, 28, 1])).shape).toEqual([2, 10]));
    });
    freed();
  });

  it('normalises its hidden layers and its logits if asked to, with the momentum that is named', () => {
    const make = () =>
      convnet({
        inputShape: [6, 6, 1],
        filters: [2, 3],
        hidden: 4,
        classes: 3,
        batchNorm: true,
        headBatchNorm: true,
        batchNormMomentum: 0.5,
      });
    using(make(), (model) => {
      // Kernels without biases; a scale and an offset for every channel.
      expect(count(model)).toBe(16 * 2 + 4 + 16 * 2 * 3 + 6 + 2 * 2 * 3 * 4 + 8 + 4 * 3 + 6);
      const normalised = model.layersModel.layers.filter(({ name }) => name.endsWith('batch_norm'));
      expect(normalised.map((layer) => [layer.name, layer.getConfig().momentum])).toEqual([
        ['conv_1_batch_norm', 0.5],
        ['conv_2_batch_norm', 0.5],
        ['dense_1_batch_norm', 0.5],
        ['dense_2_batch_norm', 0.5],
      ]);
    });
    expect(() => convnet({ batchNormMomentum: 0.5 })).toThrow(
      'convnet: expected `batchNormMomentum` to be left out where nothing is normalised, got 0.5. Set batchNorm or headBatchNorm to true.',
    );
    freed();
  });

  it('refuses a shape that is no image', () => {
    expect(() => convnet({ inputShape: [784] })).toThrow('convnet: expected `inputShape` to be [height, width, channels], got [784].');
    freed();
  });
});

describe('dropout', () => {
  const shape = { inputShape: [6, 6, 1], classes: 3, seed: 1 };
  const makers = [
    ['mlp', (dropout?: number) => mlp({ ...shape, hidden: [40, 30], ...(dropout === undefined ? {} : { dropout }) }), 2],
    ['convnet', (dropout?: number) => convnet({ ...shape, filters: [2], hidden: 40, ...(dropout === undefined ? {} : { dropout }) }), 1],
  ] as const;

  it.each(makers)('in %s stands after every hidden dense layer, and leaves weights and inference as they are', (_, make, count) => {
    const [plain, zero, dropping] = [make(), make(0), make(0.5)];
    const layers = (model: LayersClassifier) => model.layersModel.layers.map(({ name }) => name);
    expect(layers(zero)).toEqual(layers(plain));
    const wanted = layers(plain).flatMap((name) =>
      name === 'dense_1' || (name === 'dense_2' && count === 2) ? [name, name.replace('dense', 'dropout')] : [name],
    );
    expect(layers(dropping)).toEqual(wanted);
    expect(Object.keys(dropping.weights)).toEqual(Object.keys(plain.weights));
    expect(values(dropping)).toEqual(values(plain));
    scoped(() => {
      const inputs = tf.randomUniform([2, 6, 6, 1], 0, 1, 'float32', 8);
      const noise = createNoise(1, Int32Array.of(0, 1));
      const logits = plain.logits(inputs).arraySync();
      expect(dropping.logits(inputs).arraySync()).toEqual(logits);
      expect(plain.logits(inputs, { mode: 'training' }).arraySync()).toEqual(logits);
      expect(dropping.logits(inputs, { mode: 'training', noise }).arraySync()).not.toEqual(logits);
    });
    expect(() => make(1)).toThrow('expected `dropout` to be a number from 0 to below 1, got 1.');
    for (const model of [plain, zero, dropping]) model.dispose();
    freed();
  });
});

describe('initial weights', () => {
  it('come from the seed', () => {
    const make = (seed: number) => convnet({ inputShape: [6, 6, 1], filters: [2, 3], hidden: 4, classes: 3, seed });
    const [first, again, other] = [make(1), make(1), make(2)];
    expect(values(again)).toEqual(values(first));
    expect(values(other)).not.toEqual(values(first));
    expect(Object.keys(again.weights)).toEqual(Object.keys(first.weights));
    for (const model of [first, again, other]) model.dispose();
    freed();
  });

  it('are He normal for relu and Glorot uniform for tanh, with biases zero', () => {
    const moments = (model: LayersClassifier) => {
      const kernel = Array.from(model.weights['dense_1/kernel']!.dataSync());
      const variance = kernel.reduce((sum, value) => sum + value * value, 0) / kernel.length;
      return {
        kurtosis: kernel.reduce((sum, value) => sum + value ** 4, 0) / kernel.length / variance ** 2,
        variance,
        largest: Math.max(...kernel.map(Math.abs)),
      };
    };
    using(mlp({ inputShape: [200], hidden: [100], activation: 'relu' }), (model) => {
      const { variance, kurtosis } = moments(model);
      // 20,000 draws: the relative standard error of the variance is sqrt(2 / 20000) = 0.01, that of the kurtosis of a normal, 3, sqrt(24 / 20000) = 0.035.
      expect(variance * (200 / 2)).toBeCloseTo(1, 1);
      expect(Math.abs(kurtosis - 3)).toBeLessThan(0.2);
      expect(Array.from(model.weights['dense_1/bias']!.dataSync()).every((value) => value === 0)).toBe(true);
    });
    using(mlp({ inputShape: [200], hidden: [100], activation: 'tanh' }), (model) => {
      const limit = Math.sqrt(6 / 300);
      const { variance, largest } = moments(model);
      expect(largest).toBeLessThanOrEqual(limit);
      expect(largest).toBeGreaterThan(0.99 * limit);
      expect((variance * 3) / limit ** 2).toBeCloseTo(1, 1);
    });
    using(convnet({ inputShape: [8, 8, 16], filters: [64] }), (model) => {
      const kernel = Array.from(model.weights['conv_1/kernel']!.dataSync());
      // Fan in 4 * 4 * 16 = 256.
      expect((kernel.reduce((sum, value) => sum + value * value, 0) / kernel.length) * (256 / 2)).toBeCloseTo(1, 1);
    });
    freed();
  });
});

describe('gradients', () => {
  const smooth = [
    ['mlp, softplus', () => mlp({ inputShape: [2, 3], hidden: [5, 4], classes: 3, activation: 'softplus', seed: 3 })],
    ['mlp, tanh', () => mlp({ inputShape: [4], hidden: [5], classes: 3, activation: 'tanh', seed: 4 })],
    [
      'convnet, softplus',
      () => convnet({ inputShape: [6, 5, 2], filters: [2, 3], hidden: 4, classes: 3, activation: 'softplus', seed: 5 }),
    ],
    ['convnet, tanh', () => convnet({ inputShape: [5, 5, 1], filters: [2, 2], hidden: 3, classes: 3, activation: 'tanh', seed: 6 })],
  ] as const;

  it.each(smooth)('of %s agree with central differences, for inputs and every weight', (_, make) => {
    using(make(), (model) => {
      const inputs = tf.tidy(() => tf.variable(tf.randomUniform([2, ...model.inputShape], 0, 1, 'float32', 7)));
      const mixture = tf.tensor2d([
        [1, -0.5, 0.3],
        [-0.7, 0.2, 0.9],
      ]);
      // The square makes the last layer's gradients depend on all others.
      const loss = (): tf.Scalar => tf.sum(tf.square(tf.sub(model.logits(inputs), mixture)));
      const all = [inputs, ...Object.values(model.weights)];
      const gradients = tf.grads((..._all: tf.Tensor[]) => loss())(all);
      all.forEach((variable, index) => {
        const analytic = gradients[index]!.dataSync();
        const numeric = differences(variable, loss);
        const scale = Math.max(...numeric.map(Math.abs));
        expect(scale).toBeGreaterThan(1e-3);
        const worst = Math.max(...numeric.map((value, position) => Math.abs(value - analytic[position]!)));
        expect(worst / scale).toBeLessThan(3e-3);
      });
      tf.dispose([...gradients, inputs, mixture]);
    });
    freed();
  });
});

/** Central differences with h = 1e-2: truncation about h^2, rounding about 1e-7 / h. */
function differences(variable: tf.Variable, loss: () => tf.Scalar): number[] {
  const start = variable.dataSync().slice();
  const h = 1e-2;
  const at = (position: number, shift: number): number =>
    tf.tidy(() => {
      const moved = start.slice();
      moved[position] = moved[position]! + shift;
      variable.assign(tf.tensor(moved, variable.shape));
      return loss().dataSync()[0]!;
    });
  const slopes = Array.from(start, (_, position) => (at(position, h) - at(position, -h)) / (2 * h));
  tf.tidy(() => variable.assign(tf.tensor(start, variable.shape)));
  return slopes;
}
