/**
 * Constants of preprocessing layers: weights to tfjs-layers, so that they are saved and loaded with the model, but none to us. They are no
 * `weights`, for nothing trains them, and no `buffers`, for no pass writes them: averages, checkpoints and steps need not copy them.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Layer } from '../layer-tree';

/** By name, for another copy of this package has other classes. */
const classNames: readonly string[] = ['ChannelNormalisation', 'ZcaWhitening'];

/** The constants of all preprocessing layers among these. */
export function constantsOf(layers: readonly Layer[]): readonly LayerVariable[] {
  return layers.filter((layer) => classNames.includes(layer.getClassName())).flatMap(({ weights }) => weights);
}

/** Adds one to a layer that is being built. Without values it is zeros, until the values of a saved model are loaded into it. */
export function addConstant(layer: Layer, name: string, shape: number[], values: Float32Array | undefined): LayerVariable {
  // Protected, where only methods of the layer may call it.
  const adding = layer as unknown as { addWeight(...weight: readonly unknown[]): LayerVariable };
  const constant = adding.addWeight(name, shape, 'float32', tfl.initializers.zeros(), undefined, false);
  if (values) {
    tf.tidy(() => {
      constant.write(tf.tensor(values, shape, 'float32'));
    });
  }
  return constant;
}
