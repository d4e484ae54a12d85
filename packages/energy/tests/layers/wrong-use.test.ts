import { GroundstateError, l2 } from '@groundstate/core';
import { type EnergyRegularizerOptions, energyRegularizer, withEnergy } from '@groundstate/energy/layers';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it, vi } from 'vitest';
import { backend } from './backend';
import { dataset, smallModel } from './small';

const options = { epsilon: 0.3 };
const x = tf.mul(0.1, tf.reshape(tf.range(0, 8), [2, 4]));
const y = tf.tensor2d([0, 2], [2, 1]);
const quiet = { epochs: 1, shuffle: false, verbose: 0 } as const;

async function refusal(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    expect(GroundstateError.is(error), String(error)).toBe(true);
    return (error as Error).message;
  }
  throw new Error('Nothing was refused.');
}
const fit = (model: tfl.LayersModel, callbacks: unknown, inputs: tf.Tensor | tf.Tensor[] = x, labels = y) =>
  model.fit(inputs, labels, { ...quiet, callbacks: callbacks as tfl.CustomCallback[] });

describe(`options on ${backend}`, () => {
  it.each([
    [{}, 'energyRegularizer: expected `epsilon` to be a finite number of at least 0, got undefined.'],
    [{ epsilon: -1 }, 'energyRegularizer: expected `epsilon` to be a finite number of at least 0, got -1.'],
    [{ epsilon: { image: '1' } }, 'energyRegularizer: expected `epsilon.image` to be a finite number of at least 0, got "1".'],
    [{ epsilon: 1, weight: -1 }, 'energyRegularizer: expected `weight` to be a finite number of at least 0, got -1.'],
    [{ epsilon: 1, segments: 0 }, 'energyRegularizer: expected `segments` to be an integer of at least 1, got 0.'],
    [{ epsilon: 1, steps: 1.5 }, 'energyRegularizer: expected `steps` to be an integer of at least 1, got 1.5.'],
    [{ epsilon: 1, seed: 0.5 }, 'energyRegularizer: expected `seed` to be an integer, got 0.5.'],
    [{ epsilon: 1, bounds: [1, 0] }, 'energyRegularizer: expected `bounds` to be an interval [lower, upper], got [1, 0].'],
    [{ epsilon: 1, norm: 'l2' }, 'energyRegularizer: expected `norm` to be a norm such as l2() or linf(), got "l2".'],
    [{ epsilon: 1, eps: 1 }, /^energyRegularizer: expected `option` to be one of 'epsilon', .*, got "eps"\.$/],
    [undefined, 'energyRegularizer: expected `options` to be an object such as { epsilon: 0.5 }, got undefined.'],
  ])('%j are refused', async (wrong, words) => {
    expect(await refusal(() => energyRegularizer(wrong as unknown as EnergyRegularizerOptions))).toEqual(
      typeof words === 'string' ? words : expect.stringMatching(words),
    );
  });

  it('by input must name the inputs of the model', async () => {
    const message = await refusal(() => withEnergy(smallModel(), { epsilon: { picture: 1 } }));
    expect(message).toMatch(
      /^withEnergy: expected `epsilon` to be one for each of the model's inputs, \[".*"\], got \["picture"\]\. An input with epsilon 0/,
    );
  });

  it('that a schedule makes wrong are refused when it does', async () => {
    const message = await refusal(() => fit(smallModel(), energyRegularizer({ epsilon: 0.3, weight: () => Number.NaN })));
    expect(message).toBe('energyRegularizer: expected `weight` to be a finite number of at least 0, got NaN.');
  });
});

describe(`callbacks on ${backend}`, () => {
  const plain = { onEpochEnd: async () => {} };
  const remedy = 'Write new tf.CustomCallback({ ... }) around the object: tfjs-layers cannot mix the two.';

  it('a plain object before the callback is refused', async () => {
    const message = await refusal(() => fit(smallModel(), [plain, energyRegularizer(options)]));
    expect(message).toBe(
      `energyRegularizer: expected \`callbacks\` to be instances of tf.Callback, got a plain object before it. ${remedy}`,
    );
  });

  it('a plain object after the callback is refused', async () => {
    const message = await refusal(() => fit(smallModel(), [energyRegularizer(options), plain]));
    expect(message).toBe(
      `energyRegularizer: expected \`callbacks\` to be instances of tf.Callback, got a plain object after it. ${remedy}`,
    );
    // In fitDataset as well.
    const callbacks = [energyRegularizer(options), plain] as never;
    const again = await refusal(() => smallModel().fitDataset(dataset(x, y, 2) as never, { ...quiet, callbacks }));
    expect(again).toBe(message);
  });

  it('a plain object by itself is still welcome, and so are instances around ours', async () => {
    let ends = 0;
    const handlers = { onEpochEnd: async () => void ends++ };
    await fit(smallModel(), handlers);
    await fit(smallModel(), [new tfl.CustomCallback(handlers), energyRegularizer(options), new tfl.CustomCallback(handlers)]);
    expect(ends).toBe(3);
  });

  it('later callbacks see the energy in their logs, of batches and epochs', async () => {
    const seen: unknown[] = [];
    const see = async (_: number, logs?: tfl.Logs) => void seen.push(logs?.energy);
    await fit(smallModel(), [energyRegularizer(options), new tfl.CustomCallback({ onBatchEnd: see, onEpochEnd: see })]);
    expect(seen).toEqual([expect.any(Number), seen[0]]);
    expect(seen[0]).toBeGreaterThan(0);
  });

  it('a copy of tfjs-layers other than ours is recognised by its ways', async () => {
    // Another copy wraps the instance as a plain object, in a CustomCallback that is not ours.
    const foreign = { onTrainBegin: energyRegularizer(options).onTrainBegin };
    expect(await refusal(() => foreign.onTrainBegin())).toMatch(
      /^energyRegularizer: expected `model` to be of the same copy of @tensorflow\/tfjs-layers .* \(npm ls @tensorflow\/tfjs-layers\)\.$/,
    );
    const model = { trainOnBatch: async () => 0 } as unknown as tfl.LayersModel;
    expect(await refusal(() => withEnergy(model, options))).toMatch(/^withEnergy: expected `model` to be of the same copy/);
  });

  it('one instance serves fits one after another, also after a crash, but not two at once', async () => {
    const callback = energyRegularizer(options);
    const [first, second] = [smallModel(), smallModel()];
    const halt = new tfl.CustomCallback({ onBatchEnd: () => Promise.reject(new Error('mine')) });
    await expect(fit(first, [callback, halt])).rejects.toThrow('mine');
    await fit(second, callback);
    await fit(first, callback);
    const busy = fit(first, callback);
    expect(await refusal(() => fit(second, callback))).toBe(
      'energyRegularizer: expected `callbacks` to be an instance for each fit, got one that another fit is using. Call energyRegularizer again.',
    );
    expect((await busy).history.energy![0]).toBeGreaterThan(0);
  });

  it('two of them in one fit are refused', async () => {
    const message = await refusal(() => fit(smallModel(), [energyRegularizer(options), energyRegularizer(options)]));
    expect(message).toBe(
      'energyRegularizer: expected `callbacks` to be one energyRegularizer a fit, got a second one. Give it to the fit once.',
    );
  });
});

describe(`models and data on ${backend}`, () => {
  const compiled = (model: tfl.LayersModel, loss: unknown = 'meanSquaredError') => {
    model.compile({ optimizer: tf.train.sgd(0.1), loss: loss as string });
    return model;
  };

  it('a model that is not compiled is refused', async () => {
    const dense = () => tfl.layers.dense({ units: 2, inputShape: [4] });
    const words = 'withEnergy: expected `model` to be compiled, got one without a loss. Call model.compile first.';
    expect(await refusal(() => withEnergy(tfl.sequential({ layers: [dense()] }), options))).toBe(words);
    const input = tfl.input({ shape: [4] });
    const functional = tfl.model({ inputs: input, outputs: dense().apply(input) as tfl.SymbolicTensor });
    expect(await refusal(() => withEnergy(functional, options))).toBe(words);
  });

  it('a loss that is averaged already is refused before the first step', async () => {
    const model = smallModel({ loss: (labels: tf.Tensor, logits: tf.Tensor) => tf.losses.softmaxCrossEntropy(labels, logits) });
    const before = model.getWeights().map((weight) => weight.dataSync().slice());
    const hot = tf.tensor2d([1, 0, 0, 0, 0, 1], [2, 3]);
    const message = await refusal(() => fit(model, energyRegularizer(options), x, hot));
    expect(message).toMatch(
      /^energyRegularizer: expected `loss` to be one number an example, of shape \[2\], got a float32 tensor of shape \[\] for .*\. Return the losses before they are averaged; tf\.losses take tf\.Reduction\.NONE\.$/,
    );
    expect(model.getWeights().map((weight) => weight.dataSync().slice())).toEqual(before);
    const each = (labels: tf.Tensor, logits: tf.Tensor) => tf.losses.softmaxCrossEntropy(labels, logits, undefined, 0, tf.Reduction.NONE);
    expect((await fit(smallModel({ loss: each }), energyRegularizer(options), x, hot)).history.energy![0]).toBeGreaterThan(0);
  });

  it('inputs out of bounds are refused', async () => {
    const pixels = tf.mul(x, 255);
    expect(await refusal(() => fit(smallModel(), energyRegularizer(options), pixels))).toMatch(
      /^energyRegularizer: expected `inputs` to be within bounds \[0,1\], got .* from 0 to 178\.5\. Scale the inputs, or say where they live: bounds: \[0, 255\]/,
    );
    await fit(smallModel(), energyRegularizer({ epsilon: 2, bounds: [0, 255] }), pixels);
    expect(await refusal(() => withEnergy(smallModel(), options).trainOnBatch(pixels, y))).toMatch(/^withEnergy: .* within bounds/);
  });

  it('integer inputs are held still, and refused where there are no others', async () => {
    const words = tfl.input({ shape: [2], name: 'words', dtype: 'int32' });
    const numbers = tfl.input({ shape: [4], name: 'numbers' });
    const vectors = tfl.layers.flatten().apply(tfl.layers.embedding({ inputDim: 5, outputDim: 3 }).apply(words)) as tfl.SymbolicTensor;
    const joined = tfl.layers.concatenate().apply([vectors, numbers]) as tfl.SymbolicTensor;
    const outputs = tfl.layers.dense({ units: 3, activation: 'softmax' }).apply(joined) as tfl.SymbolicTensor;
    const both = compiled(tfl.model({ inputs: [words, numbers], outputs }), 'sparseCategoricalCrossentropy');
    const indices = tf.tensor2d([0, 1, 2, 3], [2, 2], 'int32');
    expect((await fit(both, energyRegularizer(options), [indices, x])).history.energy![0]).toBeGreaterThan(0);
    const alone = tfl.sequential({
      layers: [tfl.layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 2 }), tfl.layers.flatten(), tfl.layers.dense({ units: 3 })],
    });
    const target = tf.ones([2, 3]);
    expect(await refusal(() => fit(compiled(alone), energyRegularizer(options), indices, target as tf.Tensor2D))).toBe(
      'energyRegularizer: expected `model` to be one with a float input, got a int32 tensor of shape [2,2]. Give pixels and the like as float32. Indices have no ball around them: put their embedding before the model.',
    );
    // Indices in float32 have no gradient, and epsilon 0 says so.
    const floats = tf.cast(indices, 'float32');
    const wide = { epsilon: 0.3, bounds: [0, 5] as const };
    expect(await refusal(() => fit(compiled(alone), energyRegularizer(wide), floats, target as tf.Tensor2D))).toMatch(
      /^energyRegularizer: expected `loss` to be differentiable in the inputs .*, got one without a gradient\. .* epsilon: \{ words: 0, image: 0\.5 \}\.$/,
    );
  });

  it('each input may have a radius and bounds of its own', async () => {
    const [left, right] = [tfl.input({ shape: [4], name: 'left' }), tfl.input({ shape: [4], name: 'right' })];
    const joined = tfl.layers.concatenate().apply([left, right]) as tfl.SymbolicTensor;
    const outputs = tfl.layers.dense({ units: 2 }).apply(joined) as tfl.SymbolicTensor;
    const model = compiled(tfl.model({ inputs: [left, right], outputs }));
    const asked: string[] = [];
    const norm = {
      ...l2(),
      project: (candidate: tf.Tensor, _center: tf.Tensor, radius: unknown, bounds: unknown) => {
        asked.push(JSON.stringify([radius, bounds]));
        return tf.clone(candidate);
      },
    };
    const epsilon = { left: 0.25, right: 0.5 };
    await withEnergy(model, { epsilon, bounds: { left: [0, 1], right: [-2, 2] }, norm, steps: 1 }).trainOnBatch([x, x], tf.ones([2, 2]));
    expect([...new Set(asked)]).toEqual(['[0.25,[0,1]]', '[0.5,[-2,2]]']);
  });

  it('stateful layers are refused', async () => {
    const layer = tfl.layers.simpleRNN({ units: 3, stateful: true, batchInputShape: [2, 4, 1], recurrentInitializer: 'zeros' });
    const message = await refusal(() => withEnergy(compiled(tfl.sequential({ layers: [layer] })), options));
    expect(message).toMatch(/^withEnergy: expected `model` to be one without stateful layers, got .*\. Every pass would move their states/);
  });

  it('a metric of the name energy is refused', async () => {
    function energy(_: tf.Tensor, output: tf.Tensor): tf.Tensor {
      return tf.mean(output);
    }
    const model = smallModel({ metrics: [energy as unknown as string] });
    expect(await refusal(() => fit(model, energyRegularizer(options)))).toMatch(
      /^energyRegularizer: expected `metrics` to be named otherwise than 'energy'/,
    );
  });

  it('sample weights are refused by tfjs-layers itself', async () => {
    const args = { ...quiet, sampleWeight: tf.ones([2]), callbacks: energyRegularizer(options) };
    await expect(smallModel().fit(x, y, args as never)).rejects.toThrow('sample weight is not supported yet');
  });
});

describe('the seam', () => {
  it('is laid once, does nothing where no energy is, and serves a second copy of the package', async () => {
    energyRegularizer(options);
    const prototype = tfl.LayersModel.prototype as unknown as { makeTrainFunction: unknown };
    const laid = prototype.makeTrainFunction;
    const { history } = await fit(smallModel(), []);
    expect(Object.keys(history)).toEqual(['loss']);
    vi.resetModules();
    const copy = await import('@groundstate/energy/layers');
    expect(copy.energyRegularizer).not.toBe(energyRegularizer);
    const other = await fit(smallModel(), copy.energyRegularizer(options));
    expect(prototype.makeTrainFunction).toBe(laid);
    expect(other.history.energy).toEqual((await fit(smallModel(), energyRegularizer(options))).history.energy);
  });

  it('is hidden from enumeration', () => {
    const prototype = tfl.LayersModel.prototype;
    expect(Object.keys(prototype).filter((key) => key.includes('groundstate'))).toEqual([]);
    expect(Object.getOwnPropertyDescriptor(prototype, Symbol.for('groundstate.layers-seam'))?.enumerable).toBe(false);
  });

  it('sits on the one version it was written for', () => {
    expect(tfl.version_layers).toBe('4.22.0');
  });
});
