/**
 * Initial weights from a seed, the same on every backend: tfjs-layers' own initialisers draw from a generator without a usable seed.
 *
 * He normal, std sqrt(2 / fan in), for the rectifiers and their smooth kin: relu, leakyRelu, elu, silu, gelu (He et al. 2015,
 * https://arxiv.org/abs/1502.01852); Glorot uniform, limit sqrt(6 / (fan in + fan out)), for tanh and softplus (Glorot & Bengio 2010). Biases are zero.
 */
import { createNoise } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { HiddenActivation } from './activations';
import type { Layer } from './layer-tree';

/** The tfjs-layers name of the same rule, so that a saved model says how it was drawn. */
export function initialiserName(activation: HiddenActivation): 'heNormal' | 'glorotUniform' {
  return activation === 'tanh' || activation === 'softplus' ? 'glorotUniform' : 'heNormal';
}

/** tfjs-layers fills these layers' weights with zeros rather than drawing numbers that `initialise` replaces. */
export function leaveEmpty<L extends Layer>(layer: L): L {
  layer.setFastWeightInitDuringBuild(true);
  return layer;
}

/** Draws every kernel, in a stream of its own by the weight's name: adding a layer changes no other layer's weights. */
export function initialise(model: LayersModel, activation: HiddenActivation, seed: number): void {
  const noise = createNoise(seed, Int32Array.of(0)).stream('models', 'initial-weights');
  const normal = initialiserName(activation) === 'heNormal';
  for (const weight of model.trainableWeights) {
    if (!weight.originalName.endsWith('/kernel')) continue;
    const shape = weight.shape.map(Number);
    const receptiveField = tf.util.sizeFromShape(shape.slice(0, -2));
    const fanIn = receptiveField * shape.at(-2)!;
    const fanOut = receptiveField * shape.at(-1)!;
    const stream = noise.stream(weight.originalName);
    const limit = Math.sqrt(6 / (fanIn + fanOut));
    tf.tidy(() => {
      const drawn = normal ? tf.mul(stream.normal(shape), Math.sqrt(2 / fanIn)) : stream.uniform(shape, [-limit, limit]);
      weight.write(tf.reshape(drawn, shape));
    });
  }
}
