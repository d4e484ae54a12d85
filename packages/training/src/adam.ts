/**
 * Adam: m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2, w <- w - rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon).
 * The powers are computed from the step count in double precision, never accumulated.
 *
 * Source: "Adam: a method for stochastic optimization", D. P. Kingma, J. Ba, 2015 (arXiv 1412.6980).
 */
import { checkKeys, checkNumber } from '@groundstate/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Optimiser } from './optimiser';

export interface AdamOptions {
  /** Decay of the mean of gradients. @default 0.9 */
  readonly beta1?: number;
  /** Decay of the mean of their squares. @default 0.999 */
  readonly beta2?: number;
  /** Keeps the division finite. @default 1e-8 */
  readonly epsilon?: number;
}

/**
 * @example
 * fit(model, examples, standard(), { optimiser: adam(), learningRate: 1e-3, epochs: 5, seed: 0 });
 */
export function adam(options: AdamOptions = {}): Optimiser {
  checkKeys('adam', options, ['beta1', 'beta2', 'epsilon']);
  const beta1 = checkNumber('adam', 'beta1', options.beta1 ?? 0.9, { min: 0, max: 1 });
  const beta2 = checkNumber('adam', 'beta2', options.beta2 ?? 0.999, { min: 0, max: 1 });
  const epsilon = checkNumber('adam', 'epsilon', options.epsilon ?? 1e-8, { above: 0 });
  return {
    name: `adam(${beta1}, ${beta2}, ${epsilon})`,
    init: (weights) => {
      const slots: NamedTensorMap = {};
      for (const [name, weight] of Object.entries(weights)) {
        slots[`m/${name}`] = tf.zeros(weight.shape);
        slots[`v/${name}`] = tf.zeros(weight.shape);
      }
      return { step: 0, slots };
    },
    update: (weights, gradients, state, learningRate) => {
      const step = state.step + 1;
      const slots: NamedTensorMap = { ...state.slots };
      const updated: NamedTensorMap = {};
      for (const [name, gradient] of Object.entries(gradients)) {
        const m = tf.add(tf.mul(state.slots[`m/${name}`]!, beta1), tf.mul(gradient, 1 - beta1));
        const v = tf.add(tf.mul(state.slots[`v/${name}`]!, beta2), tf.mul(tf.square(gradient), 1 - beta2));
        const scale = tf.add(tf.sqrt(tf.div(v, 1 - beta2 ** step)), epsilon);
        slots[`m/${name}`] = m;
        slots[`v/${name}`] = v;
        updated[name] = tf.sub(weights[name]!, tf.div(tf.mul(m, learningRate / (1 - beta1 ** step)), scale));
      }
      return { weights: updated, state: { step, slots } };
    },
  };
}
