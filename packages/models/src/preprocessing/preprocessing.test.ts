import '@tensorflow/tfjs-backend-cpu';
import { createNoise, examplesFromArrays } from '@groundstate/core';
import { finiteDifferences, relativeError } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkArchitecture } from '../check-architecture';
import { fromLayersModel, type LayersClassifier } from '../from-layers-model';
import { loadModel, saveModel } from '../serialise';
import { channelNormalisation } from './channel-normalisation';
import { fitZca } from './fit-zca';
import { beginFunctional, beginSequential, type Preprocessing } from './preprocessing';
import { rescaling } from './rescaling';
import type { Zca } from './zca';
import { zcaWhitening } from './zca-whitening';

const shape = [2, 2, 3];

let zca: Zca;
beforeAll(async () => {
  await tf.setBackend('cpu');
  const inputs = tf.tidy(() =>
    createNoise(
      1,
      Int32Array.from({ length: 60 }, (_, id) => id),
    )
      .uniform([12])
      .dataSync()
      .slice(),
  ) as Float32Array;
  zca = await fitZca(examplesFromArrays({ inputs, labels: new Int32Array(60), shape }), { epsilon: 0.01 });
});

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
const freed = () => expect(tf.memory().numTensors).toBe(tensorsBefore);
/** As tf.tidy, which would look for tensors inside the assertion that an arrow function returns. */
const scoped = (body: () => unknown): void => {
  tf.tidy(() => {
    body();
  });
};
const inputsOf = (rows: number) =>
  createNoise(
    2,
    Int32Array.from({ length: rows }, (_, id) => id),
  ).uniform(shape);
const statistics = { mean: [0.1, 0.4, 0.9], std: [0.2, 0.5, 2] };

const kinds: readonly (readonly [string, () => Preprocessing, (inputs: tf.Tensor) => tf.Tensor])[] = [
  ['channelNormalisation', () => channelNormalisation(statistics), (x) => tf.div(tf.sub(x, statistics.mean), statistics.std)],
  ['rescaling', () => rescaling({ scale: 2, offset: -0.5 }), (x) => tf.sub(tf.mul(x, 2), 0.5)],
  [
    'zcaWhitening',
    () => zcaWhitening(zca),
    // One row after the other, by the definition.
    (x) => {
      const rows = tf.reshape(x, [-1, 12]).arraySync() as number[][];
      const images = rows.map((row) =>
        row.map((_, column) => row.reduce((sum, value, k) => sum + (value - zca.mean[k]!) * zca.whitening[k * 12 + column]!, 0)),
      );
      return tf.reshape(tf.tensor2d(images), x.shape);
    },
  ],
];

/** A smooth network behind it; the weights are drawn anew each time. */
const networkOf = (preprocessing: Preprocessing | undefined, functional = false): LayersClassifier => {
  const layers = [
    tfl.layers.conv2d({ filters: 4, kernelSize: 2, activation: 'tanh', name: 'conv' }),
    tfl.layers.flatten({ name: 'flat' }),
    tfl.layers.dense({ units: 3, name: 'head' }),
  ];
  const beginning = { inputShape: shape, preprocessing };
  if (functional) {
    const { input, values } = beginFunctional(beginning);
    const outputs = layers.reduce((given, layer) => layer.apply(given) as tfl.SymbolicTensor, values);
    return fromLayersModel(tfl.model({ inputs: input, outputs }));
  }
  const network = tfl.sequential();
  beginSequential(network, beginning);
  for (const layer of layers) network.add(layer);
  return fromLayersModel(network);
};

describe.each(kinds)('%s', (_, make, wanted) => {
  it.each([false, true])('is what the network behind it sees (functional: %s)', (functional) => {
    const [model, plain] = [networkOf(make(), functional), networkOf(undefined)];
    scoped(() => {
      for (const [name, weight] of Object.entries(plain.weights)) weight.assign(model.weights[name] as unknown as tf.Tensor);
      const inputs = inputsOf(5);
      const difference = tf.sub(model.logits(inputs), plain.logits(wanted(inputs)));
      expect(Math.max(...tf.abs(difference).dataSync())).toBeLessThan(1e-5);
      expect([model.inputShape, model.bounds]).toEqual([shape, [0, 1]]);
    });
    model.dispose();
    plain.dispose();
    freed();
  });

  it('has no weight, and no buffer: there is nothing to train, to average or to keep', () => {
    const model = networkOf(make());
    expect(Object.keys(model.weights)).toEqual(['conv/kernel', 'conv/bias', 'head/kernel', 'head/bias']);
    expect(model.buffers).toEqual({});
    model.dispose();
    freed();
  });

  it('hands gradients on to its inputs: those of finite differences', async () => {
    const model = networkOf(make());
    const loss = (x: tf.Tensor): tf.Tensor => tf.sum(tf.square(model.logits(x)));
    const inputs = tf.tidy(() => inputsOf(2));
    const reference = await finiteDifferences(loss, inputs, 1e-2);
    scoped(() => expect(relativeError(tf.grad(loss)(inputs).dataSync(), reference)).toBeLessThan(2e-3));
    inputs.dispose();
    model.dispose();
    freed();
  });

  it('keeps every bit through a file, which needs nothing beside it', async () => {
    const model = networkOf(make());
    let kept: tf.io.ModelArtifacts = {};
    const save = async ({ weightData, ...rest }: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> => {
      kept = { ...JSON.parse(JSON.stringify(rest)), weightData };
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(kept) };
    };
    await saveModel(model, { save });
    // As in a process that has made no such layer yet.
    const { classNameMap } = tf.serialization.SerializationMap.getMap();
    for (const name of ['ChannelNormalisation', 'ZcaWhitening']) Reflect.deleteProperty(classNameMap, name);
    const loaded = await loadModel({ load: async () => kept });
    scoped(() => expect(loaded.logits(inputsOf(4)).arraySync()).toEqual(model.logits(inputsOf(4)).arraySync()));
    expect([Object.keys(loaded.weights), loaded.buffers]).toEqual([Object.keys(model.weights), {}]);
    model.dispose();
    loaded.dispose();
    freed();
  });

  it('gives a row the same bits in every batch, takes none, and leaves a failed row visible', () => {
    const model = networkOf(make());
    scoped(() => {
      const inputs = inputsOf(5);
      const whole = model.logits(inputs).arraySync();
      expect(model.logits(tf.slice(inputs, 3, 1)).arraySync()).toEqual([whole[3]]);
      expect(model.logits(tf.zeros([0, ...shape])).shape).toEqual([0, 3]);
      const failed = model.logits(tf.concat([inputs, tf.fill([1, ...shape], Number.NaN)])).arraySync();
      expect(failed.slice(0, 5)).toEqual(whole);
      expect(failed[5]!.every(Number.isNaN)).toBe(true);
    });
    model.dispose();
    freed();
  });

  it('can stand in several networks, each with constants of its own', () => {
    const preprocessing = make();
    const [first, second] = [networkOf(preprocessing), networkOf(preprocessing)];
    scoped(() => {
      const before = second.logits(inputsOf(1)).arraySync();
      first.dispose();
      expect(second.logits(inputsOf(1)).arraySync()).toEqual(before);
    });
    second.dispose();
    freed();
  });
});

it('rescaling is the stock layer of tfjs-layers, and zero is no scale', () => {
  expect(rescaling().layer(shape).getClassName()).toBe('Rescaling');
  expect(() => rescaling({ scale: 0 })).toThrow('rescaling: expected `scale` to be a finite number other than 0, got 0.');
  expect(() => rescaling({ offset: Number.NaN })).toThrow('rescaling: expected `offset` to be a finite number');
});

it('channelNormalisation refuses statistics that are none, and shapes with other channels', () => {
  expect(() => channelNormalisation({ mean: [1, Number.NaN], std: [1, 1] })).toThrow(
    'channelNormalisation: expected `mean` to be an array of finite numbers, one a channel, got [1, NaN].',
  );
  expect(() => channelNormalisation({ mean: [1, 2], std: [1, 0] })).toThrow(
    'expected `std` to be an array of finite numbers above 0, one a channel, got [1, 0]. A channel that never varies',
  );
  expect(() => channelNormalisation({ mean: [1, 2], std: [1] })).toThrow('expected `std` to be as long as `mean` (2), got [1].');
  expect(() => channelNormalisation({ mean: [1], std: [1] }).layer([2, 2, 3])).toThrow(
    'channelNormalisation: expected `inputShape` to be a shape that ends in 1 channels, as `mean` does, got [2, 2, 3].',
  );
});

it('zcaWhitening refuses what no fit gave, and other shapes', () => {
  expect(() => zcaWhitening({} as Zca)).toThrow('zcaWhitening: expected `zca` to be what fitZca() gives, got an object with keys [].');
  expect(() => zcaWhitening(undefined as unknown as Zca)).toThrow('expected `zca`');
  expect(() => zcaWhitening(zca).layer([3, 2, 2])).toThrow(
    'zcaWhitening: expected `inputShape` to be [2, 2, 3], the shape of the examples that it was fitted to, got [3, 2, 2].',
  );
});

it('the option of an architecture refuses anything else', () => {
  expect(() => checkArchitecture('mlp', { preprocessing: { mean: [0.5] } as unknown as Preprocessing })).toThrow(
    'mlp: expected `preprocessing` to be what channelNormalisation(), rescaling() or zcaWhitening() gives, got an object with keys [mean].',
  );
  expect(checkArchitecture('mlp', {}).preprocessing).toBeUndefined();
});
