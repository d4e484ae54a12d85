/**
 * GradAlign: adversarial training with one sign step from the clean input, kept honest by gradients that are to point the
 * same way all over the ball: mean l(x + epsilon sign(g(x))) + weight * mean ( 1 - cos(g(x), g(x + u)) ), u ~ U(-epsilon, epsilon).
 *
 * Source: "Understanding and improving fast adversarial training", M. Andriushchenko, N. Flammarion, 2020 (arXiv 2007.02617).
 */
import {
  ascent,
  checkKeys,
  checkNumber,
  crossEntropyOf,
  type Defence,
  defineAttack,
  holdConstant,
  linf,
  type Objective,
  perExample,
  type Schedule,
  type StepContext,
  scale,
  sum,
} from '@groundstate/core';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { adversarialLoss } from './adversarial-training';
import { requireSecondOrder, squaredLength, tapedGradient } from './input-gradients';
import { type WarmUpOptions, warmUpOf } from './warm-up';

/** Options of `gradAlign`: the step, and the weight of the misalignment. */
export interface GradAlignOptions extends WarmUpOptions {
  /** The linf budget, in input units. */
  readonly epsilon: number;
  /** Of the misalignment, or a schedule of it; it has to grow with epsilon, see `gradAlignSettings`. @default 0.2 */
  readonly weight?: number | Schedule;
}

/** What the paper trains with, in units of inputs in [0, 1]: weights from 0.02 * 10^(255 epsilon / 8), 2 at 16/255. */
export const gradAlignSettings: Readonly<
  Record<'cifar10' | 'cifar10Wide', { readonly norm: 'linf'; readonly epsilon: number; readonly weight: number }>
> = {
  cifar10: { norm: 'linf', epsilon: 8 / 255, weight: 0.2 },
  cifar10Wide: { norm: 'linf', epsilon: 16 / 255, weight: 2 },
};

/**
 * Six gradient evaluations an example and step: the step, the adversarial example, and two each for the gradients that are
 * compared, which are differentiated again. Double backpropagation only: the first step is
 * refused where an op of the model is not right to second order.
 *
 * @example
 * gradAlign({ epsilon: 8 / 255, weight: 0.2 });
 */
export function gradAlign(options: GradAlignOptions): Defence {
  checkKeys('gradAlign', options, ['epsilon', 'weight', 'warmUp']);
  const { weight = 0.2 } = options;
  const epsilon = checkNumber('gradAlign', 'epsilon', options.epsilon, { min: 0 });
  if (typeof weight === 'number') checkNumber('gradAlign', 'weight', weight, { min: 0 });
  const attack = defineAttack({
    card: {
      name: 'fgsm-from-clean',
      norms: ['linf'],
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify'],
      paper: 'Understanding and improving fast adversarial training (Andriushchenko, Flammarion 2020, arXiv 2007.02617)',
    },
    ...ascent({ steps: 1, relativeStep: 1, randomStart: false }, 'gradAlign'),
  });
  const grown = warmUpOf('gradAlign', options);
  const adversary = { attack, threat: { norm: linf(), epsilon }, on: 'labelled', ...grown } as const;
  return { name: 'grad-align', objective: sum(adversarialLoss(adversary), scale(weight, misalignment({ epsilon, ...grown }))) };
}

/**
 * The mean of 1 - cos(g(x), g(x + u)) over the labelled examples that have both gradients (one that is zero points nowhere),
 * alone. x + u is not clipped to the box, as in the authors' code. In inference mode where the model has batch statistics.
 *
 * @example
 * sum(adversarialLoss(adversary), scale(0.2, misalignment({ epsilon: 8 / 255 })));
 */
export function misalignment(options: { readonly epsilon: number } & WarmUpOptions): Objective<Tensor> {
  checkKeys('misalignment', options, ['epsilon', 'warmUp']);
  const epsilon = checkNumber('misalignment', 'epsilon', options.epsilon, { min: 0 });
  const { warmUp = () => 1 } = warmUpOf('misalignment', options);
  return {
    name: `misalignment within ${epsilon}`,
    terms: ['misalignment'],
    prepare: (context) => {
      requireSecondOrder('gradAlign', context, 'It has no form by differences: choose elle() or fastAdversarialTraining() instead.');
      const { inputs, noise } = context.labelled;
      const radius = epsilon * warmUp(context.progress);
      return tf.add(inputs, noise.stream('grad-align').uniform(inputs.shape.slice(1), [-radius, radius]));
    },
    evaluate: (context, moved) => {
      const [here, there] = [context.labelled.inputs, moved].map((inputs) => scaled(gradientAt(context, inputs)));
      const [a, b] = [squaredLength(here!), squaredLength(there!)];
      const pointing = holdConstant(tf.mul(a, b), (product) => tf.cast(tf.greater(product, 0), 'float32'));
      // 1 is added where there is nothing to divide by, and the example is left out below.
      const lengths = tf.sqrt(tf.add(tf.mul(a, b), tf.sub(1, pointing)));
      const cosine = tf.div(tf.sum(tf.mul(here!, there!), axes(here!)), lengths);
      const count = tf.maximum(tf.sum(pointing), 1);
      return { misalignment: tf.div(tf.sum(tf.mul(pointing, tf.sub(1, cosine))), count) as Scalar };
    },
  };
}

function gradientAt(context: StepContext, inputs: Tensor): Tensor {
  return tapedGradient(context, inputs, (logits) => crossEntropyOf(logits, context.labelled.labels));
}

/** A cosine knows no scale: each gradient by its largest entry, held constant, lest the squares of small ones vanish in float32. */
function scaled(gradient: Tensor): Tensor {
  const inverse = holdConstant(gradient, (g) => {
    const largest = tf.max(tf.abs(g), axes(g)) as Tensor1D;
    return perExample(tf.div(1, tf.maximum(largest, 1e-30)) as Tensor1D, g);
  });
  return tf.mul(gradient, inverse);
}

function axes(batch: Tensor): number[] {
  return batch.shape.slice(1).map((_, index) => index + 1);
}
