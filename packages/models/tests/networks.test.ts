import { createNoise } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  convLarge,
  convSmall,
  type LayersClassifier,
  loadModel,
  madryNet,
  mlp,
  preActResNet18,
  rescaling,
  saveModel,
  smallCnn,
} from '../src/index';

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
const freed = () => expect(tf.memory().numTensors).toBe(tensorsBefore);

const shape = { inputShape: [16, 16, 1], classes: 3 };
type Options = { readonly seed?: number; readonly dropout?: number };
const narrow: readonly (readonly [string, (options?: Options) => LayersClassifier])[] = [
  ['convSmall', (options) => convSmall({ ...shape, widths: [4, 4, 6], headBatchNorm: true, batchNormMomentum: 0.5, ...options })],
  ['convLarge', (options) => convLarge({ ...shape, widths: [4, 4, 5, 6, 4], ...options })],
  ['smallCnn', (options) => smallCnn({ ...shape, widths: [4, 6], hidden: 12, ...options })],
  ['madryNet', (options) => madryNet({ ...shape, widths: [3, 4], hidden: 10, ...options })],
  ['preActResNet18', ({ dropout: _, ...options } = {}) => preActResNet18({ ...shape, widths: [3, 4, 4, 5], ...options })],
  [
    'mlp with batch normalisation',
    (options) =>
      mlp({ ...shape, hidden: [12, 10], batchNorm: true, headBatchNorm: true, preprocessing: rescaling({ offset: -0.5 }), ...options }),
  ],
];

const ids = Int32Array.from({ length: 4 }, (_, i) => i);
const images = (): tf.Tensor => tf.randomUniform([4, 16, 16, 1], 0, 1, 'float32', 11);

const bits = (model: LayersClassifier) =>
  Object.entries({ ...model.weights, ...model.buffers }).map(([name, variable]) => [
    name,
    [...new Uint32Array(variable.dataSync().slice().buffer)],
  ]);

describe.each(narrow)('%s', (_, make) => {
  it('comes from its seed, and has the same keys with any', () => {
    const [first, again, other] = [make({ seed: 3 }), make({ seed: 3 }), make({ seed: 4 })];
    expect(bits(again)).toEqual(bits(first));
    for (const key of Object.keys(first.weights).filter((name) => name.endsWith('kernel'))) {
      expect([...other.weights[key]!.dataSync()]).not.toEqual([...first.weights[key]!.dataSync()]);
    }
    expect(Object.keys(other.weights)).toEqual(Object.keys(first.weights));
    for (const model of [first, again, other]) model.dispose();
    freed();
  });

  it('comes back from a file with every bit, and computes the same in all three modes', async () => {
    const model = make({ seed: 5 });
    // The moving averages leave their start.
    tf.tidy(() => {
      model.logits(images(), { mode: 'training', noise: createNoise(5, ids) });
    });
    let kept: tf.io.ModelArtifacts = {};
    await saveModel(model, {
      save: async ({ weightData, ...rest }) => {
        kept = { ...JSON.parse(JSON.stringify(rest)), weightData };
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      },
    });
    const loaded = await loadModel({ load: async () => kept });
    expect(bits(loaded)).toEqual(bits(model));
    tf.tidy(() => {
      const inputs = images();
      for (const mode of ['inference', 'batch-statistics', 'training'] as const) {
        const logits = ({ logits }: LayersClassifier): number[] => [...logits(inputs, { mode, noise: createNoise(6, ids) }).dataSync()];
        expect(logits(loaded), mode).toEqual(logits(model));
      }
    });
    expect(bits(loaded)).toEqual(bits(model));
    model.dispose();
    loaded.dispose();
    freed();
  });
});

describe('the layers', () => {
  const layers = (model: LayersClassifier): string[] => {
    const found = model.layersModel.layers.map(({ name }) => name);
    model.dispose();
    return found;
  };
  const normalised = (name: string): string[] => [name, `${name}_batch_norm`, `${name}_activation`];
  const convolutions = (...numbers: number[]): string[] => numbers.flatMap((number) => normalised(`conv_${number}`));

  it('of the networks of VAT are those of the paper, with dropout behind the poolings', () => {
    const body = [
      ...convolutions(1, 2, 3),
      'pool_1',
      'dropout_1',
      ...convolutions(4, 5, 6),
      'pool_2',
      'dropout_2',
      ...convolutions(7, 8, 9),
      'mean',
      'dense_1',
    ];
    const small = { ...shape, widths: [2, 2, 2] };
    expect(layers(convSmall(small))).toEqual(['input', ...body]);
    expect(layers(convSmall({ ...small, headBatchNorm: true }))).toEqual(['input', ...body, 'dense_1_batch_norm', 'logits']);
    expect(layers(convLarge({ ...shape, widths: [2, 2, 2, 2, 2], dropout: 0, preprocessing: rescaling({ offset: -0.5 }) }))).toEqual([
      'input',
      'preprocessing',
      ...body.filter((name) => !name.startsWith('dropout')),
    ]);
  });

  it('of SmallCNN drop units behind the first dense layer alone', () => {
    expect(layers(smallCnn({ ...shape, widths: [2, 2], hidden: 3 })).slice(-5)).toEqual([
      'flatten',
      'dense_1',
      'dropout_1',
      'dense_2',
      'dense_3',
    ]);
  });

  it('of Madry and of the perceptron drop units where they are told to', () => {
    expect(layers(madryNet({ ...shape, widths: [2, 2], hidden: 3, dropout: 0.5 })).slice(-4)).toEqual([
      'flatten',
      'dense_1',
      'dropout_1',
      'dense_2',
    ]);
    expect(layers(mlp({ ...shape, hidden: [3], batchNorm: true, dropout: 0.5 }))).toEqual([
      'input',
      'flatten',
      ...normalised('dense_1'),
      'dropout_1',
      'dense_2',
    ]);
  });

  it('of batch normalisation have the epsilon and the momentum of the papers, or the momentum that is given', () => {
    const settings = (model: LayersClassifier): unknown[] => {
      const found = model.layersModel.layers
        .filter((layer) => layer.getClassName() === 'BatchNormalization')
        .map((layer) => layer.getConfig());
      model.dispose();
      expect(found.length).toBeGreaterThan(1);
      return [...new Set(found.map(({ momentum, epsilon }) => `${momentum} ${epsilon}`))];
    };
    const wide = { ...shape, widths: [2, 2, 2] };
    expect(settings(convSmall({ ...wide, headBatchNorm: true }))).toEqual(['0.99 0.000001']);
    expect(settings(convSmall({ ...wide, batchNormMomentum: 0.8 }))).toEqual(['0.8 0.000001']);
    expect(settings(preActResNet18({ ...shape, widths: [2, 2, 2, 2] }))).toEqual(['0.9 0.00001']);
    expect(settings(mlp({ ...shape, hidden: [3, 3], batchNorm: true }))).toEqual(['0.9 0.000001']);
  });
});

describe('what makes no network is refused by name', () => {
  it('the number of widths', () => {
    expect(() => convSmall({ widths: [2, 2] })).toThrow('convSmall: expected `widths` to be three sizes, got [2, 2].');
    expect(() => convLarge({ widths: [2, 2, 2] })).toThrow('convLarge: expected `widths` to be five sizes, got [2, 2, 2].');
    expect(() => smallCnn({ widths: [2] })).toThrow('smallCnn: expected `widths` to be two sizes, got [2].');
    expect(() => madryNet({ widths: [2, 0] })).toThrow('madryNet: expected `widths` to be an array of positive integers');
    expect(() => preActResNet18({ widths: [64] })).toThrow('preActResNet18: expected `widths` to be four sizes, got [64].');
    freed();
  });

  it('images that a network leaves nothing of, and the smallest that it does not', () => {
    expect(() => convSmall({ inputShape: [8, 9, 1] })).toThrow(
      'convSmall: expected `inputShape` to be an image of at least 9x9 pixels, got [8, 9, 1].',
    );
    expect(() => smallCnn({ inputShape: [16, 15, 1] })).toThrow(
      'smallCnn: expected `inputShape` to be an image of at least 16x16 pixels, got [16, 15, 1].',
    );
    for (const model of [
      convSmall({ inputShape: [9, 9, 1], widths: [1, 1, 1] }),
      smallCnn({ inputShape: [16, 16, 1], widths: [1, 1], hidden: 1 }),
      preActResNet18({ inputShape: [1, 1, 1], widths: [1, 1, 1, 1] }),
      madryNet({ inputShape: [1, 1, 1], widths: [1, 1], hidden: 1 }),
    ]) {
      tf.tidy(() => {
        expect(model.logits(tf.zeros([2, ...model.inputShape])).shape).toEqual([2, 10]);
      });
      model.dispose();
    }
    freed();
  });

  it('options that are unknown, or of the wrong kind', () => {
    expect(() => preActResNet18({ dropout: 0.5 } as object)).toThrow('preActResNet18: expected `option` to be one of');
    expect(() => convSmall({ headBatchNorm: 'yes' as never })).toThrow(
      'convSmall: expected `headBatchNorm` to be true or false, got "yes".',
    );
    expect(() => convSmall({ batchNormMomentum: 1 })).toThrow(
      'convSmall: expected `batchNormMomentum` to be a number from 0 to below 1, got 1.',
    );
    expect(() => mlp({ batchNormMomentum: 0.9 })).toThrow(
      'mlp: expected `batchNormMomentum` to be left out where nothing is normalised, got 0.9.',
    );
    expect(() => madryNet({ activation: 'swish' as 'silu' })).toThrow(
      "madryNet: expected `activation` to be one of 'relu', 'softplus', 'tanh', 'elu', 'leakyRelu', 'silu', 'gelu', got \"swish\".",
    );
    expect(() => smallCnn({ leakySlope: -1 })).toThrow('smallCnn: expected `leakySlope` to be a number from 0 to below 1, got -1.');
    freed();
  });
});
