/**
 * ZCA whitening inside the network: (x - mean) W of the flattened example, with the W that `fitZca` finds. Source: "The 'independent components'
 * of natural scenes are edge filters", A. Bell, T. Sejnowski, 1997; for CIFAR-10: "Learning multiple layers of features from tiny images",
 * A. Krizhevsky, 2009, appendix A.
 */
import { expected } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import * as tfl from '@tensorflow/tfjs-layers';
import { registerLayer } from '../register-layer';
import { addConstant } from './constants';
import { type Preprocessing, preprocessingName } from './preprocessing';
import type { Zca } from './zca';

/**
 * Whitening inside the network: bounds and budgets stay in the units of the inputs. Where a paper's budget lives in whitened space, whiten the
 * data set instead: `whitenedSpace`.
 *
 * @example
 * const zca = await fitZca(train);
 * const model = convnet({ inputShape: [32, 32, 3], preprocessing: zcaWhitening(zca) });
 */
export function zcaWhitening(zca: Zca): Preprocessing {
  const owner = 'zcaWhitening';
  const size = tf.util.sizeFromShape([...(zca?.shape ?? [])]);
  if (!(zca?.mean instanceof Float32Array && zca.mean.length === size && zca.whitening?.length === size * size)) {
    throw expected(owner, 'zca', 'what fitZca() gives', zca);
  }
  return {
    name: 'zca-whitening',
    layer: (inputShape) => {
      if (!tf.util.arraysEqual([...inputShape], [...zca.shape])) {
        throw expected(owner, 'inputShape', `[${zca.shape.join(', ')}], the shape of the examples that it was fitted to`, inputShape);
      }
      registerLayer(ZcaWhitening);
      return new ZcaWhitening({ name: preprocessingName, values: zca });
    },
  };
}

type Values = { readonly mean: Float32Array; readonly whitening: Float32Array };

export class ZcaWhitening extends tfl.layers.Layer {
  static readonly className = 'ZcaWhitening';
  private values: Values | undefined;
  private mean: LayerVariable | undefined;
  private whitening: LayerVariable | undefined;

  /** Also called with the configuration of a saved model, which has no values: they are among its weights. */
  constructor({ values, ...rest }: { readonly values?: Values; readonly name?: string }) {
    super(rest);
    this.values = values;
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const size = tf.util.sizeFromShape((inputShape as tfl.Shape).slice(1) as number[]);
    this.mean = addConstant(this, 'mean', [size], this.values?.mean);
    this.whitening = addConstant(this, 'whitening', [size, size], this.values?.whitening);
    // 38 MB for CIFAR-10, which the variable holds now.
    this.values = undefined;
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const values = Array.isArray(inputs) ? inputs[0]! : inputs;
      const [mean, whitening] = [this.mean!.read(), this.whitening!.read() as tf.Tensor2D];
      const rows = tf.reshape(values, [-1, mean.size]);
      return tf.reshape(tf.matMul(tf.sub(rows, mean) as tf.Tensor2D, whitening), [-1, ...values.shape.slice(1)]);
    });
  }
}
