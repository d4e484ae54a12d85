/**
 * Stochastic gradient descent with momentum: u <- momentum u + g, w <- w - rate u (or rate (g + momentum u), Nesterov's).
 * Weight decay is coupled, as in PyTorch's SGD: g is the gradient plus weightDecay w.
 *
 * Source: "On the importance of initialization and momentum in deep learning", I. Sutskever, J. Martens, G. Dahl,
 * G. Hinton, ICML 2013.
 */
import { checkKeys, checkNumber, expected } from '@groundstate/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describeDecay, type Optimiser, type WeightDecayOptions } from './optimiser';

export interface SgdOptions extends WeightDecayOptions {
  /** @default 0 */
  readonly momentum?: number;
  /** Looks ahead along the momentum, and so needs some. @default false */
  readonly nesterov?: boolean;
}

/**
 * @example
 * fit(model, examples, standard(), { optimiser: sgd({ momentum: 0.9, weightDecay: 5e-4 }), learningRate: cosine(0.1, 0), epochs: 30, seed: 0 });
 */
export function sgd(options: SgdOptions = {}): Optimiser {
  checkKeys('sgd', options, ['momentum', 'nesterov', 'weightDecay', 'decay']);
  const momentum = checkNumber('sgd', 'momentum', options.momentum ?? 0, { min: 0, max: 1 });
  const weightDecay = checkNumber('sgd', 'weightDecay', options.weightDecay ?? 0, { min: 0 });
  const { nesterov = false, decay = () => true } = options;
  // As in PyTorch: it would be plain descent under another name.
  if (nesterov && momentum === 0) throw expected('sgd', 'momentum', 'above 0 with `nesterov`', momentum);
  return {
    name: `sgd(${momentum}${nesterov ? ', nesterov' : ''}${describeDecay(weightDecay)})`,
    ...(weightDecay > 0 ? { decays: decay } : {}),
    init: (weights) => {
      const slots: NamedTensorMap = {};
      if (momentum > 0) for (const [name, weight] of Object.entries(weights)) slots[`u/${name}`] = tf.zeros(weight.shape);
      return { step: 0, slots };
    },
    update: (weights, gradients, state, learningRate) => {
      const slots: NamedTensorMap = { ...state.slots };
      const updated: NamedTensorMap = {};
      for (const [name, given] of Object.entries(gradients)) {
        const gradient = weightDecay > 0 && decay(name) ? tf.add(given, tf.mul(weights[name]!, weightDecay)) : given;
        let direction = gradient;
        if (momentum > 0) {
          const velocity = tf.add(tf.mul(state.slots[`u/${name}`]!, momentum), gradient);
          slots[`u/${name}`] = velocity;
          direction = nesterov ? tf.add(gradient, tf.mul(velocity, momentum)) : velocity;
        }
        updated[name] = tf.sub(weights[name]!, tf.mul(direction, learningRate));
      }
      return { weights: updated, state: { step: state.step + 1, slots } };
    },
  };
}
