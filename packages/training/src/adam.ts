/**
 * Adam: m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2, w <- w - rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon).
 * The powers are computed from the step count in double precision, never accumulated. Weight decay is decoupled (AdamW):
 * w is multiplied by 1 - rate weightDecay before the step is taken, and the means see the gradient alone.
 *
 * Sources: "Adam: a method for stochastic optimization", D. P. Kingma, J. Ba, 2015 (arXiv 1412.6980); "Decoupled weight
 * decay regularization", I. Loshchilov, F. Hutter, 2019 (arXiv 1711.05101), scaled by the learning rate as in PyTorch's AdamW.
 */
import { checkKeys, checkNumber, expected, optionalKernel } from '@groundstate/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describeDecay, type Optimiser, type WeightDecayOptions } from './optimiser';

export interface AdamOptions extends WeightDecayOptions {
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
  checkKeys('adam', options, ['beta1', 'beta2', 'epsilon', 'weightDecay', 'decay']);
  const beta1 = checkBeta('beta1', options.beta1 ?? 0.9);
  const beta2 = checkBeta('beta2', options.beta2 ?? 0.999);
  const epsilon = checkNumber('adam', 'epsilon', options.epsilon ?? 1e-8, { above: 0 });
  const weightDecay = checkNumber('adam', 'weightDecay', options.weightDecay ?? 0, { min: 0 });
  const { decay = () => true } = options;
  return {
    name: `adam(${beta1}, ${beta2}, ${epsilon}${describeDecay(weightDecay)})`,
    ...(weightDecay > 0 ? { decays: decay } : {}),
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
      const common = { beta1, beta2, epsilon, learningRate, correction1: 1 - beta1 ** step, correction2: 1 - beta2 ** step };
      for (const [name, gradient] of Object.entries(gradients)) {
        const given = { weight: weights[name]!, gradient, m: state.slots[`m/${name}`]!, v: state.slots[`v/${name}`]! };
        const shrink = weightDecay > 0 && decay(name) ? 1 - learningRate * weightDecay : 1;
        const { weight, m, v } = stepOf(given, { ...common, shrink });
        slots[`m/${name}`] = m;
        slots[`v/${name}`] = v;
        updated[name] = weight;
      }
      return { weights: updated, state: { step, slots } };
    },
  };
}

interface Factors {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly learningRate: number;
  /** 1 - beta1^t and 1 - beta2^t. */
  readonly correction1: number;
  readonly correction2: number;
  /** What the weight is multiplied by first. */
  readonly shrink: number;
}

type Weight = { readonly weight: Tensor; readonly m: Tensor; readonly v: Tensor };

/** One weight's step: in one pass where the backend has a kernel for it, otherwise the same operations one by one. */
function stepOf(given: Weight & { readonly gradient: Tensor }, factors: Factors): Weight {
  const kernel = optionalKernel('AdamStep');
  if (kernel) {
    const [weight, m, v] = kernel<[Tensor, Tensor, Tensor]>(given, factors);
    return { weight, m, v };
  }
  const { beta1, beta2, epsilon, learningRate, correction1, correction2, shrink } = factors;
  const { weight, gradient } = given;
  const m = tf.add(tf.mul(given.m, beta1), tf.mul(gradient, 1 - beta1));
  const v = tf.add(tf.mul(given.v, beta2), tf.mul(tf.square(gradient), 1 - beta2));
  const scale = tf.add(tf.sqrt(tf.div(v, correction2)), epsilon);
  const shrunk = shrink === 1 ? weight : tf.mul(weight, shrink);
  return { weight: tf.sub(shrunk, tf.div(tf.mul(m, learningRate / correction1), scale)), m, v };
}

/** With 1 the mean would be that of nothing, and its correction 0 / 0. */
function checkBeta(name: string, value: number): number {
  checkNumber('adam', name, value, { min: 0, max: 1 });
  if (value === 1) throw expected('adam', name, 'below 1', value);
  return value;
}
