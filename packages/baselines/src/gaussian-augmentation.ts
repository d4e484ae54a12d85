/**
 * Gaussian augmentation: mean l(x + sigma z), z ~ N(0, 1) drawn anew at every step. What the base classifier of randomised
 * smoothing is trained with.
 *
 * Source: "Certified adversarial robustness via randomized smoothing", J. M. Cohen, E. Rosenfeld, J. Z. Kolter, 2019
 * (arXiv 1902.02918).
 */
import { checkKeys, checkNumber, clipToBox, crossEntropyOf, type Defence, type Objective } from '@groundstate/core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Options of `gaussianAugmentation` and `noisyLoss`: the noise. */
export interface GaussianAugmentationOptions {
  /** Standard deviation of the noise, in input units. */
  readonly sigma: number;
  /** Clip to the model's bounds. A smoothed classifier sees noise that is not clipped, and so should its training. @default false */
  readonly clip?: boolean;
}

/** The levels of the paper's tables; inputs in [0, 1]. Each certifies with the sigma it is trained with. */
export const gaussianAugmentationSettings = {
  cifar10: { sigmas: [0.12, 0.25, 0.5, 1] },
} as const;

/**
 * One gradient evaluation an example and step.
 *
 * @example
 * gaussianAugmentation({ sigma: 0.25 });
 */
export function gaussianAugmentation(options: GaussianAugmentationOptions): Defence {
  return { name: 'gaussian-augmentation', objective: noisyLoss(options) };
}

/**
 * The mean cross-entropy of noisy examples, to `sum` and `scale` with others.
 *
 * @example
 * sum(cleanLoss(), noisyLoss({ sigma: 0.1 }));
 */
export function noisyLoss(options: GaussianAugmentationOptions): Objective<Tensor> {
  checkKeys('gaussianAugmentation', options, ['sigma', 'clip']);
  const { clip = false } = options;
  const sigma = checkNumber('gaussianAugmentation', 'sigma', options.sigma, { min: 0 });
  return {
    name: 'noisy-loss',
    terms: ['noisyLoss'],
    prepare: ({ labelled, noise }) => tf.mul(noise.stream('gaussian-augmentation').normal(labelled.inputs.shape.slice(1)), sigma),
    evaluate: ({ model, labelled }, drawn) => {
      const moved = tf.add(labelled.inputs, drawn);
      const noisy = clip ? clipToBox(moved, model.bounds) : moved;
      const logits = model.logits(noisy, { mode: 'training', noise: labelled.noise });
      return { noisyLoss: tf.mean(crossEntropyOf(logits, labelled.labels)) as Scalar };
    },
  };
}
