import * as models from '@groundstate/models';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { countParameters, modelEntries, modelNamed } from './models';
import type { Settings } from './setting';

const place = { inputShape: [8, 8, 1], classes: 3, seed: 5 };

/** The logits of a grey image, and how many weights there are. */
function built(spec: string): { readonly logits: readonly number[]; readonly parameters: number; readonly name: string } {
  const model = modelNamed(spec, place);
  const logits = tf.tidy(() => [...model.logits(tf.fill([1, 8, 8, 1], 0.5)).dataSync()]);
  const { name } = model;
  const parameters = countParameters(model);
  model.dispose();
  return { logits, parameters, name };
}

/** What each option is set to where another value is to make another network. */
const others: Readonly<Record<string, string>> = { filters: '4+4', hidden: '7', activation: 'softplus' };

describe('modelNamed', () => {
  it('knows every architecture that the package exports', () => {
    const others = ['fromLayersModel', 'keyedDropout', 'registerLayers', 'loadModel', 'saveModel'];
    const architectures = Object.keys(models).filter((name) => !others.includes(name));
    expect(modelEntries.map(({ card }) => card.factory).sort()).toEqual(architectures.sort());
  });

  it('counts the weights: 64 * 7 + 7 and 7 * 3 + 3 of two dense layers', () => {
    expect(built('mlp:hidden=7')).toMatchObject({ parameters: 64 * 7 + 7 + 7 * 3 + 3, name: 'mlp' });
    expect(built('mlp:hidden=none').parameters).toBe(64 * 3 + 3);
    // Two strides of two leave 2 x 2 places; kernels of 4 x 4.
    expect(built('convnet:filters=2+3,hidden=5').parameters).toBe(16 * 2 + 2 + 16 * 2 * 3 + 3 + 12 * 5 + 5 + 5 * 3 + 3);
  });

  it('makes of every option what the list says it is anyway, and something else of another value', () => {
    const before = tf.memory().numTensors;
    for (const { card, settings } of modelEntries) {
      const usual = built(card.name);
      for (const [key, { usual: text }] of Object.entries<Settings[string]>(settings)) {
        expect(built(`${card.name}:${key}=${text}`)).toEqual(usual);
        if (key in others) expect(built(`${card.name}:${key}=${others[key]}`)).not.toEqual(usual);
      }
      const dropping = modelNamed(`${card.name}:dropout=0.5`, place);
      const layers = dropping.layersModel.layers.map((layer) => layer.name);
      expect(layers.some((name) => name.startsWith('dropout'))).toBe(true);
      dropping.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses what it does not know, with the nearest name', () => {
    const refuse = (spec: string) => expect(() => modelNamed(spec, place));
    refuse('convent').toThrow('--model: expected `name` to be one of convnet, mlp, got "convent". Did you mean convnet?');
    refuse('mlp:width=3').toThrow('mlp: expected `option` to be one of hidden, activation, dropout, got "width".');
    refuse('mlp:hidden=3x3').toThrow('mlp: expected `hidden` to be sizes such as 256+128, or none, got "3x3".');
    refuse('mlp:hidden=0').toThrow('mlp: expected `hidden` to be an array of positive integers up to 1048576, got [0].');
    refuse('mlp:activation=rleu').toThrow('mlp: expected `activation` to be one of relu, softplus, tanh, elu, got "rleu".');
    refuse('convnet:dropout=1').toThrow('convnet: expected `dropout` to be a number from 0 to below 1, got 1.');
    expect(() => modelNamed('convnet', { ...place, inputShape: [64] })).toThrow(
      'convnet: expected `inputShape` to be [height, width, channels]',
    );
  });
});
