/**
 * Dropout whose mask belongs to the example: y = x * mask / (1 - rate), with mask = 1 where a uniform draw is at least `rate`.
 * Source: "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", Srivastava et al. 2014 (JMLR 15).
 *
 * tfjs's own Dropout draws a new mask in every pass (or, with a seed, the same one in every pass of a whole run), so the clean and the adversarial pass
 * of one step see different networks, and no pass can be repeated. Here the mask comes from the `noise` that `logits` is given:
 * the same for every pass with that noise, and for an example whatever its batch.
 */
import { checkKeys, expected, type Noise } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { checkShare } from './check-architecture';
import type { Layer } from './layer-tree';
import { registerLayer } from './register-layer';

/** Options of `keyedDropout`. */
export type KeyedDropoutOptions = {
  /** The share of values that a training pass drops, from 0 to below 1. */
  readonly rate: number;
  /** Whole channels (the last axis) are kept or dropped together. @default false */
  readonly spatial?: boolean;
  /** The layer's name; its masks come from a stream of this name. @default a counter of tfjs */
  readonly name?: string;
  /** Shape of one example, where this is the first layer of a Sequential. */
  readonly inputShape?: number[];
};

/**
 * A tfjs-layers layer that `fromLayersModel` lets train. In inference it is the identity.
 * In a training pass of `logits` its masks come from the noise of the call; a layer that is applied several times in one pass (shared, or inside
 * TimeDistributed) uses one mask throughout. In training that knows no noise (`model.fit` of tfjs) it is ordinary dropout, with a new draw in every pass.
 *
 * @example
 * const network = tf.sequential({
 *   layers: [tf.layers.dense({ units: 64, inputShape: [4], activation: 'relu' }), keyedDropout({ rate: 0.5 }), tf.layers.dense({ units: 3 })],
 * });
 * const model = fromLayersModel(network);
 * model.logits(inputs, { mode: 'training', noise: createNoise(seed, ids) });
 */
export function keyedDropout(options: KeyedDropoutOptions): tfl.layers.Layer {
  checkKeys('keyedDropout', options, ['rate', 'spatial', 'name', 'inputShape']);
  registerLayer(KeyedDropout);
  return new KeyedDropout(options);
}

/** What a forward pass hands to every layer beside `training`. */
export type MaskNoise = { readonly noiseOf?: (layer: Layer) => Noise | undefined };

/** Those layers of a model that draw masks, with the stream each draws from. */
export type Dropouts = ReadonlyMap<Layer, readonly [name: string, occurrence: number]>;

/**
 * Streams by the layer's name. Two layers of nested models may share one, and the names that tfjs makes up count on through the process, which
 * must not change a mask: both kinds are told apart by their order in the model.
 */
export function dropoutsOf(layers: readonly Layer[]): Dropouts {
  const seen = new Map<string, number>();
  const streams = new Map<Layer, readonly [string, number]>();
  for (const layer of layers) {
    if (layer.getClassName() !== className || !(Number(layer.getConfig().rate) > 0)) continue;
    const name = madeUp.test(layer.name) ? '' : layer.name;
    const occurrence = seen.get(name) ?? 0;
    seen.set(name, occurrence + 1);
    streams.set(layer, [name, occurrence]);
  }
  return streams;
}

/** The masks of one pass, for the layers' `call`. */
export function maskNoise(dropouts: Dropouts, noise: Noise): MaskNoise {
  return {
    noiseOf: (layer) => {
      const stream = dropouts.get(layer);
      return stream && noise.stream('dropout', ...stream);
    },
  };
}

const className = 'KeyedDropout';
const madeUp = /^keyed_dropout_KeyedDropout\d+$/;

export class KeyedDropout extends tfl.layers.Layer {
  static readonly className: string = className;
  override readonly supportsMasking = true;
  readonly rate: number;
  readonly spatial: boolean;

  /** Also called with the configuration of a saved model. */
  constructor({ rate, spatial = false, ...rest }: KeyedDropoutOptions) {
    if (typeof spatial !== 'boolean') throw expected('keyedDropout', 'spatial', 'true or false', spatial);
    super(rest);
    this.rate = checkShare('keyedDropout', 'rate', rate);
    this.spatial = spatial;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate, spatial: this.spatial };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { readonly training?: boolean } & MaskNoise): tf.Tensor {
    const input = Array.isArray(inputs) ? inputs[0]! : inputs;
    if (!kwargs.training || this.rate === 0) return input;
    return tf.tidy(() => {
      const [rows, ...shape] = input.shape as [number, ...number[]];
      const drawn = this.spatial ? shape.map((size, axis) => (axis === shape.length - 1 ? size : 1)) : shape;
      const noise = kwargs.noiseOf?.(this);
      if (noise === undefined) return tf.dropout(input, this.rate, [rows, ...drawn]);
      if (noise.ids.length !== rows) {
        const advice = 'A layer before it must keep one row per example.';
        throw expected(this.name, 'noise', `noise for its ${rows} rows`, `${noise.ids.length} examples`, advice);
      }
      const kept = tf.cast(tf.greaterEqual(noise.uniform(drawn), this.rate), 'float32');
      return tf.mul(input, tf.mul(kept, 1 / (1 - this.rate)));
    });
  }
}
