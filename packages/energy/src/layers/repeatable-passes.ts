/**
 * Makes several forward passes see the same network. D_K is a difference of losses along a path: with a fresh dropout mask
 * at each point it would measure the masks, and with batch statistics it would mix the examples of a batch.
 *
 * Without either, passes run in training mode, the masks of all points of a step being one and the same. Where a model has
 * batch normalisation, or noise that tfjs-layers cannot repeat (Gaussian noise and dropout, alpha dropout, dropout inside
 * recurrent cells, random resizing), the passes run in inference mode, which draws nothing and moves no averages.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Layer, layerTree } from './layer-tree';
import { shadow } from './shadow';

type Seeded = Layer & { readonly seed?: number | null };

const repeatable = ['Dropout', 'SpatialDropout1D'];
// KeyedDropout is that of @groundstate/models, which draws anew in each pass of `fit`.
const unrepeatable = [
  'KeyedDropout',
  'BatchNormalization',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
  'RandomWidth',
  'RandomHeight',
];

export type RepeatablePasses = {
  readonly training: boolean;
  /** Runs `body` with the masks that belong to `seed`, a whole number. A seed that the user gave to a layer stays in force. */
  run<T>(seed: number, body: () => T): T;
};

export function repeatablePasses(model: LayersModel): RepeatablePasses {
  const layers = layerTree(model);
  if (layers.some((layer) => unrepeatable.includes(layer.getClassName()) || hasRecurrentDropout(layer))) {
    return { training: false, run: (_seed, body) => body() };
  }
  const drawing = layers.filter((layer) => repeatable.includes(layer.getClassName()) && (layer as Seeded).seed == null);
  return {
    training: true,
    run: (seed, body) => {
      const undo = drawing.map((layer, index) => shadow(layer, 'seed', scramble([seed, index])));
      try {
        return body();
      } finally {
        for (const restore of undo.reverse()) restore();
      }
    },
  };
}

function hasRecurrentDropout(layer: Layer): boolean {
  const { dropout, recurrentDropout } = layer as unknown as { readonly dropout?: unknown; readonly recurrentDropout?: unknown };
  return [dropout, recurrentDropout].some((rate) => typeof rate === 'number' && rate > 0);
}

/** Whole numbers to one from 1 to 2^31: neighbours far apart. */
export function scramble(parts: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    hash = Math.imul(hash ^ part, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return (hash >>> 1) + 1;
}
