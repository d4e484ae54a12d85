/** A smooth random network with weights that can be trained: what gradients are checked on. */
import { createNoise, type Noise, type TrainableModel } from '@groundstate/core';
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export type SmoothModel = TrainableModel & { dispose(): void };

let count = 0;

/** Inputs to `hidden` softplus units to `classes` logits; weights from the seed. */
export function smoothModel(
  options: {
    readonly inputShape?: readonly number[];
    readonly hidden?: number;
    readonly classes?: number;
    readonly seed?: number;
    /** Of the weights: the larger, the more the gradient turns from place to place. @default 1 */
    readonly scale?: number;
  } = {},
): SmoothModel {
  const { inputShape = [6], hidden = 8, classes = 3, seed = 0, scale = 1 } = options;
  const inputs = inputShape.reduce((product, length) => product * length, 1);
  const noise = createNoise(seed, Int32Array.from([0])).stream('smooth-model');
  const id = count++;
  const weights = {
    'hidden/kernel': variable(noise.stream('a'), [inputs, hidden], (2 * scale) / Math.sqrt(inputs), `smooth-${id}-a`),
    'hidden/bias': variable(noise.stream('b'), [hidden], 0.3, `smooth-${id}-b`),
    'output/kernel': variable(noise.stream('c'), [hidden, classes], (2 * scale) / Math.sqrt(hidden), `smooth-${id}-c`),
    'output/bias': variable(noise.stream('d'), [classes], 0.3, `smooth-${id}-d`),
  };
  return {
    name: 'smooth',
    bounds: [0, 1],
    classes,
    inputShape,
    weights,
    buffers: {},
    logits: (x) => {
      const flat = tf.reshape(x, [x.shape[0] ?? 0, inputs]) as Tensor2D;
      const middle = tf.softplus(tf.add(tf.matMul(flat, weights['hidden/kernel'] as unknown as Tensor2D), weights['hidden/bias']));
      return tf.add(tf.matMul(middle as Tensor2D, weights['output/kernel'] as unknown as Tensor2D), weights['output/bias']) as Tensor2D;
    },
    dispose: () => tf.dispose(Object.values(weights)),
  };
}

function variable(noise: Noise, shape: number[], scale: number, name: string): Variable {
  const value = tf.tidy(() => tf.mul(tf.reshape(noise.normal(shape), shape), scale));
  const made = tf.variable(value, true, name);
  value.dispose();
  return made;
}
