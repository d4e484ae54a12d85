/**
 * Inputs with mean 0 and deviation 1 in every channel: (x - mean) / std, where the last axis of an example holds its channels.
 */
import { checkKeys, expected } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import * as tfl from '@tensorflow/tfjs-layers';
import { registerLayer } from '../register-layer';
import { addConstant } from './constants';
import { type Preprocessing, preprocessingName } from './preprocessing';

/** Options of `channelNormalisation`: one number for each channel, as `fitChannelStatistics` gives them. */
export type ChannelNormalisationOptions = {
  /** In the units of the inputs. */
  readonly mean: readonly number[];
  /** The standard deviation, above 0. */
  readonly std: readonly number[];
};

/**
 * Normalisation inside the network: bounds and budgets stay in the units of the inputs.
 *
 * @example
 * const statistics = await fitChannelStatistics(train);
 * const model = convnet({ inputShape: [32, 32, 3], preprocessing: channelNormalisation(statistics) });
 */
export function channelNormalisation(options: ChannelNormalisationOptions): Preprocessing {
  const owner = 'channelNormalisation';
  checkKeys(owner, options, ['mean', 'std']);
  const { mean, std } = options;
  if (!isNumbers(mean, Number.isFinite)) throw expected(owner, 'mean', 'an array of finite numbers, one a channel', mean);
  if (!isNumbers(std, (value) => value > 0 && Number.isFinite(value))) {
    const advice = 'A channel that never varies has no deviation to divide by: give 1 for it.';
    throw expected(owner, 'std', 'an array of finite numbers above 0, one a channel', std, advice);
  }
  if (mean.length !== std.length) throw expected(owner, 'std', `as long as \`mean\` (${mean.length})`, std);
  const values = { mean: Float32Array.from(mean), std: Float32Array.from(std) };
  return {
    name: 'channel-normalisation',
    layer: (inputShape) => {
      if (inputShape.at(-1) !== values.mean.length) {
        throw expected(owner, 'inputShape', `a shape that ends in ${values.mean.length} channels, as \`mean\` does`, inputShape);
      }
      registerLayer(ChannelNormalisation);
      return new ChannelNormalisation({ name: preprocessingName, values });
    },
  };
}

function isNumbers(values: unknown, fits: (value: number) => boolean): values is readonly number[] {
  return Array.isArray(values) && values.length > 0 && values.every((value) => typeof value === 'number' && fits(value));
}

type Values = { readonly mean: Float32Array; readonly std: Float32Array };

export class ChannelNormalisation extends tfl.layers.Layer {
  static readonly className = 'ChannelNormalisation';
  private readonly values: Values | undefined;
  private mean: LayerVariable | undefined;
  private std: LayerVariable | undefined;

  /** Also called with the configuration of a saved model, which has no values: they are among its weights. */
  constructor({ values, ...rest }: { readonly values?: Values; readonly name?: string }) {
    super(rest);
    this.values = values;
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = (inputShape as tfl.Shape).at(-1)!;
    this.mean = addConstant(this, 'mean', [channels], this.values?.mean);
    this.std = addConstant(this, 'std', [channels], this.values?.std);
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const values = Array.isArray(inputs) ? inputs[0]! : inputs;
      return tf.div(tf.sub(values, this.mean!.read()), this.std!.read());
    });
  }
}
