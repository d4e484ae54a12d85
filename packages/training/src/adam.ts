/**
 * Adam: m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2, w <- w - rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon).
 * The powers are computed from the step count in double precision, never accumulated; where b1 follows a schedule, b1^t is the
 * product of its values so far, which keeps the mean unbiased. Weight decay is decoupled (AdamW):
 * w is multiplied by 1 - rate weightDecay before the step is taken, and the means see the gradient alone.
 *
 * Sources: "Adam: a method for stochastic optimization", D. P. Kingma, J. Ba, 2015 (arXiv 1412.6980); "Decoupled weight
 * decay regularization", I. Loshchilov, F. Hutter, 2019 (arXiv 1711.05101), scaled by the learning rate as in PyTorch's AdamW.
 */
import { checkKeys, checkNumber, expected, optionalKernel, type Schedule } from '@groundstate/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describeDecay, type Optimiser, type WeightDecayOptions } from './optimiser';

export interface AdamOptions extends WeightDecayOptions {
  /** Decay of the mean of gradients, or a schedule of it: VAT's is `pieces([0, 0.9], [2 / 3, 0.5])`. @default 0.9 */
  readonly beta1?: number | Schedule;
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
  const mean = meanOf(options.beta1 ?? 0.9);
  const beta2 = checkBeta('beta2', options.beta2 ?? 0.999);
  const epsilon = checkNumber('adam', 'epsilon', options.epsilon ?? 1e-8, { above: 0 });
  const weightDecay = checkNumber('adam', 'weightDecay', options.weightDecay ?? 0, { min: 0 });
  const { decay = () => true } = options;
  return {
    name: `adam(${mean.description}, ${beta2}, ${epsilon}${describeDecay(weightDecay)})`,
    ...(weightDecay > 0 ? { decays: decay } : {}),
    init: (weights) => {
      const slots: NamedTensorMap = {};
      for (const [name, weight] of Object.entries(weights)) {
        slots[`m/${name}`] = tf.zeros(weight.shape);
        slots[`v/${name}`] = tf.zeros(weight.shape);
      }
      return { step: 0, slots };
    },
    update: (weights, gradients, state, learningRate, steps) => {
      const step = state.step + 1;
      const slots: NamedTensorMap = { ...state.slots };
      const updated: NamedTensorMap = {};
      const common = { ...mean.at(state.step, steps), beta2, epsilon, learningRate, correction2: 1 - beta2 ** step };
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

/** The decay of the mean of gradients, and what the mean is divided by, when so many of the run's steps are done. */
type Mean = { readonly beta1: number; readonly correction1: number };

function meanOf(beta1: number | Schedule): { readonly description: string; at(done: number, steps: number | undefined): Mean } {
  if (typeof beta1 === 'number') {
    checkBeta('beta1', beta1);
    return { description: String(beta1), at: (done) => ({ beta1, correction1: 1 - beta1 ** (done + 1) }) };
  }
  const value = (progress: number): number => checkBeta('beta1', beta1(progress));
  return {
    description: describeCourse(value),
    at: (done, steps) => {
      if (steps === undefined) throw expected('adam', 'steps', 'given where `beta1` is a schedule', steps);
      let product = 1;
      // The latest first: of a few hundred the product is nothing beside 1, and those before them do not count.
      for (let step = done; step >= 0 && product > Number.EPSILON / 4; step--) product *= value(step / steps);
      return { beta1: value(done / steps), correction1: 1 - product };
    },
  };
}

const hundredths = Array.from({ length: 101 }, (_, i) => i / 100);

/** Where it changes, to a hundredth; of what changes all the time ten points. */
function describeCourse(schedule: Schedule): string {
  const values = hundredths.map(schedule);
  const changes = hundredths.filter((_, i) => i === 0 || values[i] !== values[i - 1]);
  const shown = changes.length <= 10 ? changes : hundredths.filter((_, i) => i % 10 === 0);
  return shown.map((share) => (share === 0 ? `${schedule(0)}` : `${schedule(share)} from ${share}`)).join(' ');
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
