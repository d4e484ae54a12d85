import '@tensorflow/tfjs-backend-wasm';
import * as models from '@groundstate/models';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countParameters, modelEntries, modelNamed } from './models';
import type { Settings } from './setting';

const place = { inputShape: [16, 16, 1], classes: 3, seed: 5 };

// Millions of weights: the cpu backend takes half a minute for their first passes.
beforeAll(async () => {
  await tf.setBackend('wasm');
});
afterAll(async () => {
  await tf.setBackend('cpu');
});

/** The logits of a grey image, and how many weights there are. */
function built(spec: string): { readonly logits: readonly number[]; readonly parameters: number; readonly name: string } {
  const model = modelNamed(spec, place);
  const logits = tf.tidy(() => [...model.logits(tf.fill([1, 16, 16, 1], 0.5)).dataSync()]);
  const { name } = model;
  const parameters = countParameters(model);
  model.dispose();
  return { logits, parameters, name };
}

/** Widths that make tests short. */
const narrow: Readonly<Record<string, string>> = {
  convnet: 'filters=2+3,hidden=5',
  mlp: 'hidden=7',
  'small-cnn': 'widths=2+3,hidden=5',
  'madry-net': 'widths=2+3,hidden=5',
  'conv-small': 'widths=2+3+3',
  'conv-large': 'widths=2+3+4+3+2',
  'preact-resnet-18': 'widths=2+2+3+3',
};
/** What each option is set to where another value is to make another network. */
const others: Readonly<Record<string, string>> = { activation: 'softplus', batchNorm: 'true', headBatchNorm: 'true' };

describe('modelNamed', () => {
  it('knows every architecture that the package exports', () => {
    const entries = modelEntries.map(({ card }) => card.factory);
    const others = [
      'channelNormalisation',
      'fitChannelStatistics',
      'fitZca',
      'fromLayersModel',
      'keyedDropout',
      'loadModel',
      'registerLayers',
      'rescaling',
      'saveModel',
      'unwhitenedExamples',
      'whitenedExamples',
      'whitenedSpace',
      'zcaWhitening',
    ];
    expect(
      Object.keys(models)
        .filter((name) => !others.includes(name))
        .sort(),
    ).toEqual([...entries].sort());
  });

  it('counts the weights: 256 * 7 + 7 and 7 * 3 + 3 of two dense layers', () => {
    expect(built('mlp:hidden=7')).toMatchObject({ parameters: 256 * 7 + 7 + 7 * 3 + 3, name: 'mlp' });
    expect(built('mlp:hidden=none').parameters).toBe(256 * 3 + 3);
    // No bias, but a scale and an offset.
    expect(built('mlp:hidden=7,batchNorm=true').parameters).toBe(256 * 7 + 2 * 7 + 7 * 3 + 3);
    expect(built('convnet:filters=2+3,hidden=5,batchNorm=true').parameters).toBe(16 * 2 + 4 + 16 * 2 * 3 + 6 + 48 * 5 + 10 + 5 * 3 + 3);
    // Two strides of two leave 4 x 4 places; kernels of 4 x 4.
    expect(built('convnet:filters=2+3,hidden=5').parameters).toBe(16 * 2 + 2 + 16 * 2 * 3 + 3 + 48 * 5 + 5 + 5 * 3 + 3);
  });

  it('has as many weights as the list says, for the images of its authors and the widths of the list', () => {
    for (const { card, settings } of modelEntries) {
      const widths = ['filters', 'widths', 'hidden'].filter((key) => key in settings).map((key) => `${key}=${settings[key]!.usual}`);
      const model = modelNamed(`${card.name}:${widths.join(',')}`, { inputShape: card.images, classes: 10, seed: 0 });
      expect(countParameters(model), card.name).toBe(card.parameters);
      model.dispose();
    }
  });

  it('makes of every option what the list says it is anyway, and something else of another value', () => {
    const before = tf.memory().numTensors;
    for (const { card, settings } of modelEntries) {
      const spec = `${card.name}:${narrow[card.name]}`;
      const usual = built(spec);
      for (const [key, { usual: text }] of Object.entries<Settings[string]>(settings)) {
        if (spec.includes(`${key}=`)) continue;
        // Where nothing is normalised, there is no average to keep.
        const beside = key === 'batchNormMomentum' && 'batchNorm' in settings ? `${spec},batchNorm=true` : spec;
        expect(built(`${beside},${key}=${text}`)).toEqual(beside === spec ? usual : built(beside));
        if (key in others) expect(built(`${spec},${key}=${others[key]}`), `${spec},${key}`).not.toEqual(usual);
      }
      if (!('dropout' in settings)) continue;
      const [dropping, keeping] = [0.4, 0].map((dropout) => modelNamed(`${spec},dropout=${dropout}`, place));
      const drops = (model: models.LayersClassifier): boolean => model.layersModel.layers.some(({ name }) => name.startsWith('dropout'));
      expect([drops(dropping!), drops(keeping!)]).toEqual([true, false]);
      dropping!.dispose();
      keeping!.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses what it does not know, with the nearest name', () => {
    const refuse = (spec: string) => expect(() => modelNamed(spec, place));
    refuse('convent').toThrow(
      '--model: expected `name` to be one of convnet, mlp, small-cnn, madry-net, conv-small, conv-large, preact-resnet-18, got "convent". Did you mean convnet?',
    );
    refuse('mlp:width=3').toThrow(
      'mlp: expected `option` to be one of hidden, batchNorm, headBatchNorm, batchNormMomentum, activation, leakySlope, dropout, got "width".',
    );
    refuse('mlp:hidden=3x3').toThrow('mlp: expected `hidden` to be sizes such as 256+128, or none, got "3x3".');
    refuse('mlp:hidden=0').toThrow('mlp: expected `hidden` to be an array of positive integers up to 1048576, got [0].');
    refuse('mlp:activation=rleu').toThrow(
      'mlp: expected `activation` to be one of relu, leakyRelu, elu, tanh, softplus, silu, gelu, got "rleu".',
    );
    refuse('convnet:dropout=1').toThrow('convnet: expected `dropout` to be a number from 0 to below 1, got 1.');
    expect(() => modelNamed('convnet', { ...place, inputShape: [64] })).toThrow(
      'convnet: expected `inputShape` to be [height, width, channels]',
    );
  });
});
