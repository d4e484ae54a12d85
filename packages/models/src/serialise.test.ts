import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { fromLayersModel, type LayersClassifier } from './from-layers-model';
import { mlp } from './mlp';
import { loadModel, saveModel } from './serialise';

beforeAll(() => tf.setBackend('cpu'));

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
const freed = () => expect(tf.memory().numTensors).toBe(tensorsBefore);

/** A handler that keeps what was saved, through JSON as any file does. */
const memory = () => {
  let kept: tf.io.ModelArtifacts = {};
  const save = async (artifacts: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> => {
    const { weightData, ...rest } = artifacts;
    kept = { ...JSON.parse(JSON.stringify(rest)), weightData };
    return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
  };
  return { save, load: async () => kept, change: (changes: Partial<tf.io.ModelArtifacts>) => Object.assign(kept, changes) };
};
const bits = (model: LayersClassifier) =>
  Object.entries({ ...model.weights, ...model.buffers }).map(([name, variable]) => [
    name,
    Array.from(new Uint32Array(variable.dataSync().slice().buffer)),
  ]);
const small = () => mlp({ inputShape: [3], hidden: [4], classes: 2, seed: 5, name: 'small' });

it('a round trip keeps every bit of weights and batch-norm averages, the keys, and our metadata', async () => {
  const layers = [
    tfl.layers.dense({ units: 3, inputShape: [2], name: 'dense_1', trainable: false }),
    tfl.layers.batchNormalization({ name: 'norm' }),
    tfl.layers.dense({ units: 2, activation: 'softmax', name: 'dense_2' }),
  ];
  const bounds = [Number.NEGATIVE_INFINITY, 2] as const;
  const model = fromLayersModel(tfl.sequential({ layers }), { name: 'mine', bounds });
  const inputs = tf.tensor2d([
    [1, 0],
    [0.5, 1],
  ]);
  model.logits(inputs, { mode: 'training' }).dispose();
  const handler = memory();
  await saveModel(model, handler);
  const loaded = await loadModel(handler);
  expect(bits(loaded)).toEqual(bits(model));
  expect(Object.keys(loaded.weights)).toEqual(Object.keys(model.weights));
  expect([loaded.name, loaded.bounds, loaded.classes, loaded.head]).toEqual(['mine', [...bounds], 2, 'auto']);
  const renamed = await loadModel(handler, { name: 'other' });
  expect([renamed.name, renamed.bounds]).toEqual(['other', [...bounds]]);
  tf.tidy(() => {
    expect(loaded.logits(inputs).arraySync()).toEqual(model.logits(inputs).arraySync());
  });
  inputs.dispose();
  for (const each of [model, loaded, renamed]) each.dispose();
  freed();
});

it('saving leaves the model as it was, and keeps metadata of its own', async () => {
  const model = small();
  model.layersModel.setUserDefinedMetadata({ authors: ['a'] });
  const handler = memory();
  await saveModel(model, handler);
  expect(model.layersModel.getUserDefinedMetadata()).toEqual({ authors: ['a'] });
  const loaded = await loadModel(handler);
  expect(loaded.layersModel.getUserDefinedMetadata()).toMatchObject({ authors: ['a'], groundstate: { name: 'small', classes: 2 } });
  model.dispose();
  loaded.dispose();
  freed();
});

it('a compiled model comes back without its optimiser, and nothing of it leaks', async () => {
  const model = small();
  model.layersModel.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const handler = memory();
  await model.layersModel.save(handler, { includeOptimizer: true });
  // Counted from here: tfjs itself leaks the optimiser's step counter while saving.
  const before = tf.memory().numTensors;
  const loaded = await loadModel(handler);
  expect(loaded.layersModel.optimizer).toBeUndefined();
  expect(bits(loaded)).toEqual(bits(model));
  loaded.dispose();
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
});

it('a quantised model loads as tfjs decodes it', async () => {
  const model = fromLayersModel(
    tfl.sequential({ layers: [tfl.layers.dense({ units: 2, inputShape: [2], useBias: false, name: 'head' })] }),
  );
  const handler = memory();
  await saveModel(model, handler);
  const quantization = { dtype: 'uint8', scale: 0.5, min: -1 } as const;
  handler.change({
    weightSpecs: [{ name: 'head/kernel', shape: [2, 2], dtype: 'float32', quantization }],
    weightData: Uint8Array.of(0, 1, 2, 3).buffer,
  });
  const loaded = await loadModel(handler);
  expect(Array.from(loaded.weights['head/kernel']!.dataSync())).toEqual([-1, -0.5, 0, 0.5]);
  model.dispose();
  loaded.dispose();
  freed();
});

it('NaN weights are not saved', async () => {
  const model = small();
  tf.tidy(() => {
    model.weights['dense_2/bias']!.assign(tf.tensor1d([0, Number.NaN]));
  });
  const failure = await saveModel(model, memory()).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: 'diverged',
    message: expect.stringContaining('got NaN or infinity in "dense_2/bias". Training has diverged'),
  });
  model.dispose();
  freed();
});

it('damage is named, and nothing stays behind', async () => {
  const model = small();
  const failing = async (changes: (saved: tf.io.ModelArtifacts) => Partial<tf.io.ModelArtifacts>) => {
    const handler = memory();
    await saveModel(model, handler);
    handler.change(changes(await handler.load()));
    return loadModel(handler).catch((error: unknown) => error);
  };
  const data = (saved: tf.io.ModelArtifacts) => saved.weightData as ArrayBuffer;
  const corrupt = (words: string) => ({ name: 'GroundstateError', code: 'corrupt', message: expect.stringContaining(words) });
  const withNaN = await failing((saved) => ({ weightData: new Float32Array(data(saved)).fill(Number.NaN, 20, 21).buffer }));
  expect(withNaN).toMatchObject(
    corrupt('loadModel: expected `handler` to be a model with finite weights, got NaN or infinity in "dense_2/kernel".'),
  );
  expect(await failing((saved) => ({ weightData: data(saved).slice(4) }))).toMatchObject(
    corrupt('104 bytes of weights, as its manifest says, got 100 bytes'),
  );
  const renamed = await failing((saved) => ({
    weightSpecs: saved.weightSpecs!.map((spec) => ({ ...spec, name: spec.name.replace('dense_2', 'other') })),
  }));
  expect(renamed).toMatchObject(
    corrupt(
      'a model whose weights fit its topology, got Provided weight data has no target variable: other/kernel. The files do not belong together',
    ),
  );
  const reshaped = await failing((saved) => ({
    weightSpecs: saved.weightSpecs!.map((spec) => ({ ...spec, shape: [...spec.shape].reverse() })),
  }));
  expect(reshaped).toMatchObject(corrupt('Shape mismatch'));
  const metadata = { groundstate: { version: 1, name: 'small', bounds: [0], classes: 2, head: 'auto' } };
  expect(await failing(() => ({ userDefinedMetadata: metadata }))).toMatchObject(
    corrupt('a model whose metadata has name, bounds, classes and head'),
  );
  expect(await failing(() => ({ userDefinedMetadata: { groundstate: { version: 2 } } }))).toMatchObject(
    corrupt('a model with metadata of version 1, got version 2'),
  );
  const lied = { groundstate: { version: 1, name: 'small', bounds: [0, 1], classes: 3, head: 'auto' } };
  expect(await failing(() => ({ userDefinedMetadata: lied }))).toMatchObject(
    corrupt('a model of 3 classes, as its metadata says, got one of 2'),
  );
  const unknown = await failing(() => ({
    modelTopology: { class_name: 'Sequential', config: { name: 'm', layers: [{ class_name: 'Mine', config: {} }] } },
  }));
  expect(unknown).toMatchObject({ code: 'unsupported', message: expect.stringContaining('tf.serialization.registerClass') });
  model.dispose();
  freed();
});

it('handlers that cannot save or load are refused', async () => {
  const model = small();
  await expect(saveModel(model, {})).rejects.toThrow(
    'saveModel: expected `handler` to be a handler with `save`, or a URL that tfjs can save to, got an object with keys [].',
  );
  await expect(saveModel(model, 'file:///nowhere')).rejects.toThrow("In Node, '@groundstate/models/node' reads and writes directories.");
  await expect(loadModel('file:///nowhere')).rejects.toThrow('loadModel: expected `handler`');
  model.dispose();
  freed();
});
