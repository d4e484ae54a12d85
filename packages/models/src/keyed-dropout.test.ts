import '@tensorflow/tfjs-backend-cpu';
import { createNoise } from '@groundstate/core';
import { finiteDifferences, relativeError } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fromLayersModel } from './from-layers-model';
import { keyedDropout } from './keyed-dropout';
import { registerLayers } from './register-layers';
import { loadModel, saveModel } from './serialise';

const { dense, flatten, timeDistributed } = tfl.layers;

beforeAll(() => tf.setBackend('cpu'));

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
const scoped = (body: () => unknown): void => {
  tf.tidy(() => {
    body();
  });
};
const freed = () => expect(tf.memory().numTensors).toBe(tensorsBefore);
const rowsOf = (tensor: tf.Tensor): number[][] => tf.reshape(tensor, [tensor.shape[0] ?? 0, -1]).arraySync() as number[][];
const noiseOf = (ids: readonly number[], seed = 1) => createNoise(seed, Int32Array.from(ids));

/** Dropout, then the sum over `width` coordinates beside a constant 0: of ones, the logit is the number of kept ones / (1 - rate). */
const counting = (width: number, layer: tfl.layers.Layer) => {
  const network = tfl.sequential({ layers: [layer, dense({ units: 2, useBias: false, name: 'head' })] });
  tf.tidy(() => network.setWeights([tf.concat([tf.ones([width, 1]), tf.zeros([width, 1])], 1)]));
  return fromLayersModel(network);
};
/** Nothing but dropout, with the coordinates as logits. */
const bare = (shape: number[], ...layers: tfl.layers.Layer[]) => {
  const input = tfl.input({ shape });
  const dropped = layers.reduce((values, layer) => layer.apply(values) as tfl.SymbolicTensor, input);
  const output = (shape.length > 1 ? flatten().apply(dropped) : dropped) as tfl.SymbolicTensor;
  return fromLayersModel(tfl.model({ inputs: input, outputs: output }), { head: 'logits' });
};

describe('the mask', () => {
  it('keeps a share of 1 - rate, and scales what it keeps so that the mean stays', () => {
    const model = bare([5000], keyedDropout({ rate: 0.3 }));
    scoped(() => {
      const values = model.logits(tf.ones([4, 5000]), { mode: 'training', noise: noiseOf([0, 1, 2, 3]) }).dataSync();
      const kept = values.filter((value) => value !== 0);
      expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.7)]));
      // 20,000 draws: a standard error of sqrt(0.3 * 0.7 / 20000) = 0.0032.
      expect(Math.abs(kept.length / values.length - 0.7)).toBeLessThan(4 * 0.0033);
    });
    model.dispose();
    freed();
  });

  it('belongs to the example, whatever the batch', () => {
    const model = bare([16], keyedDropout({ rate: 0.5 }));
    const masks = (ids: readonly number[], seed: number) =>
      tf.tidy(() => rowsOf(model.logits(tf.ones([ids.length, 16]), { mode: 'training', noise: noiseOf(ids, seed) })));
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(1e6), { minLength: 1, maxLength: 6 }), fc.nat(1000), (ids, seed) => {
        const together = masks(ids, seed);
        expect(ids.map((id) => masks([id], seed)[0])).toEqual(together);
        expect(masks([...ids].reverse(), seed)).toEqual([...together].reverse());
      }),
      { numRuns: 20 },
    );
    const [first, second] = masks([7, 8], 1);
    expect(first).not.toEqual(second);
    expect(masks([7], 2)[0]).not.toEqual(first);
    model.dispose();
    freed();
  });

  it('is the same in every pass with one noise, in both training modes, and another with another', () => {
    const model = counting(64, keyedDropout({ rate: 0.5, inputShape: [64] }));
    scoped(() => {
      const inputs = tf.randomUniform([3, 64], 0, 1, 'float32', 5);
      const noise = noiseOf([4, 5, 6]);
      const first = model.logits(inputs, { mode: 'training', noise }).arraySync();
      expect(model.logits(inputs, { mode: 'training', noise }).arraySync()).toEqual(first);
      expect(model.logits(inputs, { mode: 'batch-statistics', noise }).arraySync()).toEqual(first);
      expect(model.logits(inputs, { mode: 'training', noise: noise.stream('other') }).arraySync()).not.toEqual(first);
    });
    model.dispose();
    freed();
  });

  it('comes from a stream of the layer: two layers draw apart, namesakes in nested models too', () => {
    const nested = () => tfl.sequential({ layers: [keyedDropout({ rate: 0.5, name: 'same', inputShape: [200] })] });
    const pairs = [
      [keyedDropout({ rate: 0.5, name: 'first' }), keyedDropout({ rate: 0.5, name: 'second' })],
      [keyedDropout({ rate: 0.5 }), keyedDropout({ rate: 0.5 })],
      [nested(), nested()],
    ];
    for (const layers of pairs) {
      const model = bare([200], ...layers);
      scoped(() => {
        const values = Array.from(model.logits(tf.ones([10, 200]), { mode: 'training', noise: noiseOf([...Array(10).keys()]) }).dataSync());
        // Both keep: one quarter, with a standard error of sqrt(3 / 16 / 2000) = 0.0097; one mask twice would keep a half.
        expect(Math.abs(values.filter((value) => value === 4).length / values.length - 0.25)).toBeLessThan(4 * 0.0097);
      });
      model.dispose();
    }
    freed();
  });

  it('does not depend on the names that tfjs counts up through the process', () => {
    const passes = [0, 1].map(() => {
      const model = bare([32], keyedDropout({ rate: 0.5 }));
      const mask = tf.tidy(() => rowsOf(model.logits(tf.ones([2, 32]), { mode: 'training', noise: noiseOf([1, 2]) })));
      model.dispose();
      return mask;
    });
    expect(passes[1]).toEqual(passes[0]);
    freed();
  });

  it('covers whole channels where asked', () => {
    const model = bare([4, 5, 40], keyedDropout({ rate: 0.5, spatial: true }));
    scoped(() => {
      const values = tf.reshape(model.logits(tf.ones([2, 4, 5, 40]), { mode: 'training', noise: noiseOf([0, 1]) }), [2, 20, 40]);
      const [smallest, largest] = [tf.min(values, 1), tf.max(values, 1)].map((tensor) => Array.from(tensor.dataSync()));
      expect(smallest).toEqual(largest);
      expect(new Set(smallest)).toEqual(new Set([0, 2]));
    });
    model.dispose();
    freed();
  });

  it('is one for all steps inside TimeDistributed, and reaches layers of nested models', () => {
    const steps = bare([3, 50], timeDistributed({ layer: keyedDropout({ rate: 0.5, name: 'inner' }) }));
    const plain = bare([50], keyedDropout({ rate: 0.5, name: 'inner' }));
    const inner = tfl.sequential({
      layers: [keyedDropout({ rate: 0.5, name: 'inner', inputShape: [50] }), tfl.layers.reshape({ targetShape: [50] })],
    });
    const nested = bare([50], tfl.sequential({ layers: [inner] }));
    scoped(() => {
      const options = { mode: 'training', noise: noiseOf([3, 4]) } as const;
      const mask = rowsOf(plain.logits(tf.ones([2, 50]), options));
      expect(rowsOf(steps.logits(tf.ones([2, 3, 50]), options))).toEqual(mask.map((row) => [...row, ...row, ...row]));
      expect(rowsOf(nested.logits(tf.ones([2, 50]), options))).toEqual(mask);
    });
    for (const model of [steps, plain, nested]) model.dispose();
    freed();
  });
});

describe('a model with keyed dropout', () => {
  const smooth = () => {
    const layers = [
      dense({ units: 6, inputShape: [3], activation: 'tanh', name: 'dense_1' }),
      keyedDropout({ rate: 0.4, name: 'dropout_1' }),
      dense({ units: 3, activation: 'softmax', name: 'dense_2' }),
    ];
    const network = tfl.sequential({ layers });
    tf.tidy(() =>
      network.setWeights(network.getWeights().map((weight, index) => tf.randomNormal(weight.shape, 0, 0.7, 'float32', index + 1))),
    );
    return fromLayersModel(network);
  };

  it('has the gradients of central differences with the mask held, for inputs and weights', async () => {
    const model = smooth();
    const options = { mode: 'training', noise: noiseOf([11, 12, 13]) } as const;
    const inputs = tf.tidy(() => tf.variable(tf.randomUniform([3, 3], 0, 1, 'float32', 2)));
    const loss = (): tf.Scalar => tf.sum(tf.square(model.logits(inputs, options)));
    const all = [inputs, ...Object.values(model.weights)];
    const gradients = tf.grads((..._all: tf.Tensor[]) => loss())(all);
    for (const [index, variable] of all.entries()) {
      const start = tf.clone(variable);
      const numeric = await finiteDifferences((moved) => {
        variable.assign(moved);
        return loss();
      }, start);
      variable.assign(start);
      start.dispose();
      expect(Math.max(...numeric.map(Math.abs))).toBeGreaterThan(1e-2);
      expect(relativeError(gradients[index]!.dataSync(), numeric)).toBeLessThan(3e-3);
    }
    tf.dispose([...gradients, inputs]);
    model.dispose();
    freed();
  });

  it('is the identity there in inference, with noise or without', () => {
    const model = bare([20], keyedDropout({ rate: 0.9 }));
    scoped(() => {
      const inputs = tf.randomUniform([2, 20], 0, 1, 'float32', 4);
      expect(model.logits(inputs).arraySync()).toEqual(inputs.arraySync());
      expect(model.logits(inputs, { noise: noiseOf([1, 2]) }).arraySync()).toEqual(inputs.arraySync());
      expect(inputs.isDisposed).toBe(false);
    });
    model.dispose();
    freed();
  });

  it('is refused a training pass without noise, or with the noise of other rows', () => {
    const model = smooth();
    scoped(() => {
      const inputs = tf.ones([2, 3]);
      for (const mode of ['training', 'batch-statistics'] as const) {
        expect(() => model.logits(inputs, { mode })).toThrow(
          'LayersClassifier.logits: expected `noise` to be the noise of these examples while training, got undefined. ' +
            'dropout_1 (KeyedDropout) draws a mask for every example: pass createNoise(seed, ids)',
        );
      }
      expect(() => model.logits(inputs, { mode: 'training', noise: noiseOf([1, 2, 3]) })).toThrow(
        'dropout_1: expected `noise` to be noise for its 2 rows, got "3 examples".',
      );
    });
    const still = fromLayersModel(tfl.sequential({ layers: [keyedDropout({ rate: 0, inputShape: [2] }), dense({ units: 2 })] }));
    scoped(() => expect(still.logits(tf.ones([2, 2]), { mode: 'training' }).shape).toEqual([2, 2]));
    model.dispose();
    still.dispose();
    freed();
  });

  it('trains under model.fit of tfjs as ordinary dropout, with a new draw in every pass', async () => {
    const layer = keyedDropout({ rate: 0.5, inputShape: [400] });
    const network = tfl.sequential({ layers: [layer, dense({ units: 2, activation: 'softmax' })] });
    const passes = tf.tidy(() =>
      [0, 1].map(() => Array.from((layer.apply(tf.ones([1, 400]), { training: true }) as tf.Tensor).dataSync())),
    );
    expect(new Set(passes[0])).toEqual(new Set([0, 2]));
    expect(passes[1]).not.toEqual(passes[0]);
    network.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
    const [inputs, labels] = [
      tf.ones([4, 400]),
      tf.tensor2d([
        [1, 0],
        [0, 1],
        [1, 0],
        [0, 1],
      ]),
    ]; // prettier-ignore
    const { history } = await network.fit(inputs, labels, { epochs: 1, verbose: 0 });
    expect(Number.isFinite(history.loss![0])).toBe(true);
    tf.dispose([inputs, labels]);
    network.dispose();
    network.optimizer.dispose();
    freed();
  });

  it('leaves no tensors behind in any mode, gradients included', () => {
    const model = smooth();
    const inputs = tf.ones([2, 3]);
    const before = tf.memory().numTensors;
    const noise = noiseOf([1, 2]);
    for (const mode of ['inference', 'training', 'batch-statistics'] as const) {
      model.logits(inputs, { mode, noise }).dispose();
      tf.grad((point: tf.Tensor) => tf.sum(model.logits(point, { mode, noise })))(inputs).dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
    inputs.dispose();
    model.dispose();
    freed();
  });

  it('comes back from a file with rate, kind and masks', async () => {
    const layers = [
      keyedDropout({ rate: 0.25, spatial: true, name: 'dropout_1', inputShape: [4, 4, 8] }),
      flatten(),
      keyedDropout({ rate: 0.5 }),
      dense({ units: 2 }),
    ];
    const model = fromLayersModel(tfl.sequential({ layers }));
    let kept: tf.io.ModelArtifacts = {};
    const save = async ({ weightData, ...rest }: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> => {
      kept = { ...JSON.parse(JSON.stringify(rest)), weightData };
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(kept) };
    };
    await saveModel(model, { save });
    const loaded = await loadModel({ load: async () => kept });
    const configs = [model, loaded].map(({ layersModel }) => layersModel.layers.map((layer) => layer.getConfig()));
    expect(configs[1]).toEqual(configs[0]);
    expect(configs[1]![0]).toMatchObject({ rate: 0.25, spatial: true, name: 'dropout_1' });
    scoped(() => {
      const inputs = tf.randomUniform([3, 4, 4, 8], 0, 1, 'float32', 9);
      const options = { mode: 'training', noise: noiseOf([5, 6, 7]) } as const;
      expect(loaded.logits(inputs, options).arraySync()).toEqual(model.logits(inputs, options).arraySync());
    });
    model.dispose();
    loaded.dispose();
    freed();
  });
});

it('registers once, and a copy of the package that came first stays registered', () => {
  registerLayers();
  const map = tf.serialization.SerializationMap.getMap().classNameMap;
  const own = map.KeyedDropout!;
  const [Own] = own as unknown as [new (config: object) => tfl.layers.Layer];
  /** What another copy of this package would have registered. */
  class Other extends Own {}
  tf.serialization.registerClass(Other as never);
  const others = map.KeyedDropout;
  keyedDropout({ rate: 0.5 });
  expect(map.KeyedDropout).toBe(others);
  expect(others).not.toBe(own);
  // A layer of the other copy is known by its name.
  const model = bare([40], new Other({ rate: 0.5 }));
  const mine = bare([40], keyedDropout({ rate: 0.5 }));
  scoped(() => {
    const options = { mode: 'training', noise: noiseOf([1]) } as const;
    expect(() => model.logits(tf.ones([1, 40]), { mode: 'training' })).toThrow('draws a mask for every example');
    expect(model.logits(tf.ones([1, 40]), options).arraySync()).toEqual(mine.logits(tf.ones([1, 40]), options).arraySync());
  });
  tf.serialization.registerClass(Own as never);
  for (const each of [model, mine]) each.dispose();
  freed();
});

it('its options are checked', () => {
  for (const rate of [1, -0.1, Number.NaN, '0.5']) {
    expect(() => keyedDropout({ rate: rate as number })).toThrow('keyedDropout: expected `rate` to be a number from 0 to below 1, got');
  }
  expect(() => keyedDropout({ rate: 0.5, spatial: 1 as unknown as boolean })).toThrow(
    'keyedDropout: expected `spatial` to be true or false',
  );
  expect(() => keyedDropout({ rate: 0.5, noiseShape: [1] } as never)).toThrow("expected `option` to be one of 'rate', 'spatial', 'name'");
});
