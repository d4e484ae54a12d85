/** A small classifier, a data set over tensors, and what training must not leave on a model. */

import { energyRegularizer } from '@groundstate/energy/layers';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { normal } from './cases';

export type SmallOptions = {
  readonly units?: number;
  readonly rate?: number;
  readonly l2?: number;
  readonly dropout?: boolean;
  readonly batchNormalisation?: boolean;
  readonly metrics?: string[];
  readonly loss?: unknown;
};

/** Four inputs, three classes, the same weights each time. */
export function smallModel(options: SmallOptions = {}): tfl.Sequential {
  const { units = 6, rate = 0.1, l2, dropout, batchNormalisation, metrics = [], loss = 'sparseCategoricalCrossentropy' } = options;
  const penalty = l2 === undefined ? {} : { kernelRegularizer: tfl.regularizers.l2({ l2 }) };
  const layers: tfl.layers.Layer[] = [tfl.layers.dense({ units, inputShape: [4], activation: 'tanh', ...penalty })];
  if (batchNormalisation) layers.push(tfl.layers.batchNormalization());
  if (dropout) layers.push(tfl.layers.dropout({ rate: 0.5 }));
  const model = tfl.sequential({ layers: [...layers, tfl.layers.dense({ units: 3, activation: 'softmax' })] });
  model.compile({ optimizer: tf.train.sgd(rate), loss: loss as string, metrics });
  const values = model.trainableWeights.map(({ shape }, index) => normal(`small${index}`, shape as number[]));
  for (const [index, weight] of model.trainableWeights.entries()) weight.write(values[index]!);
  tf.dispose(values);
  return model;
}

/** A data set that does not know its size. */
export function dataset(x: Tensor, y: Tensor, batchSize: number): unknown {
  const iterator = async () => {
    let from = 0;
    const next = async () => {
      if (from >= x.shape[0]!) return { value: null, done: true };
      const size = Math.min(batchSize, x.shape[0]! - from);
      const value = { xs: tf.slice(x, from, size), ys: tf.slice(y, from, size) };
      from += size;
      return { value, done: false };
    };
    return { next };
  };
  return { iterator };
}

const keysOf = (object: object): readonly PropertyKey[] => Reflect.ownKeys(object);

/** What could be left behind: properties of the model and its parts, the configuration, the names of the weights. */
export function traces(model: tfl.LayersModel): unknown {
  const inner = (model as unknown as { readonly model?: tfl.LayersModel }).model ?? model;
  const layers = inner.layers.map((layer) => {
    const { activation, seed } = layer as unknown as { readonly activation?: object; readonly seed?: number };
    return { keys: keysOf(layer), activation: activation && [activation.constructor.name, ...keysOf(activation)], seed };
  });
  return {
    keys: keysOf(inner).filter((key) => key !== 'history'),
    layers,
    weights: model.weights.map((weight) => [weight.name, weight.originalName, keysOf(weight)]),
    json: model.toJSON(null, false),
    penalties: Object.hasOwn(inner, 'calculateLosses'),
  };
}

/** How many tensors `steps` steps of fit leave, the first epoch's aside: what tfjs-layers sets up once. */
export async function leftAfter(steps: number): Promise<number> {
  const [x, y] = [tf.tidy(() => tf.add(0.5, normal('left', [10, 4], 0.1))), tf.tensor2d([0, 1, 2, 0, 1, 2, 0, 1, 2, 0], [10, 1])];
  const model = smallModel({ units: 2 });
  const fit = async (epochs: number): Promise<unknown> => {
    const callbacks = energyRegularizer({ epsilon: 0.3, steps: 1, segments: 1 });
    return model.fit(x, y, { epochs, batchSize: 1, verbose: 0, callbacks });
  };
  await fit(1);
  const before = tf.memory().numTensors;
  await fit(steps / 10);
  const left = tf.memory().numTensors - before;
  tf.dispose([x, y]);
  return left;
}
