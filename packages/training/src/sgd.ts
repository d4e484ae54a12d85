/**
 * Stochastic gradient descent with momentum: u <- momentum u + g, w <- w - rate u (or rate (g + momentum u), Nesterov's).
 * Weight decay is coupled, as in PyTorch's SGD: g is the gradient plus weightDecay w.
 *
 * Source: "On the importance of initialization and momentum in deep learning", I. Sutskever, J. Martens, G. Dahl,
 * G. Hinton, ICML 2013.
 */
import { checkKeys, checkNumber, expected, optionalKernel } from '@groundstate/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
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
      for (const [name, gradient] of Object.entries(gradients)) {
        const remembered = momentum > 0 ? { velocity: state.slots[`u/${name}`]! } : {};
        const given = { weight: weights[name]!, gradient, ...remembered };
        const { weight, velocity } = stepOf(given, { learningRate, momentum, nesterov, weightDecay: decay(name) ? weightDecay : 0 });
        if (velocity) slots[`u/${name}`] = velocity;
        updated[name] = weight;
      }
      return { weights: updated, state: { step: state.step + 1, slots } };
    },
  };
}

interface Factors {
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

/** Without momentum there is no velocity. */
type Weight = { readonly weight: Tensor; readonly velocity?: Tensor };

/** One weight's step: in one pass where the backend has a kernel for it, otherwise the same operations one by one. */
function stepOf(given: Weight & { readonly gradient: Tensor }, factors: Factors): Weight {
  const kernel = optionalKernel('SgdStep');
  if (kernel) {
    const [weight, velocity] = kernel<[Tensor, Tensor?]>({ ...given }, factors);
    return { weight, ...(velocity ? { velocity } : {}) };
  }
  const { learningRate, momentum, nesterov, weightDecay } = factors;
  const { weight, velocity: before } = given;
  const gradient = weightDecay > 0 ? tf.add(given.gradient, tf.mul(weight, weightDecay)) : given.gradient;
  if (!before) return { weight: tf.sub(weight, tf.mul(gradient, learningRate)) };
  const velocity = tf.add(tf.mul(before, momentum), gradient);
  const direction = nesterov ? tf.add(gradient, tf.mul(velocity, momentum)) : velocity;
  return { weight: tf.sub(weight, tf.mul(direction, learningRate)), velocity };
}
