/** The mean cross-entropy of the clean examples: standard training, and the first term of most defences. */
import type { Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Objective } from '../contract/objective';
import { crossEntropyOf } from '../losses/cross-entropy';

/**
 * One gradient evaluation per example, shared with whatever else reads the clean logits in training mode.
 *
 * @example
 * const standard = { name: 'standard', objective: cleanLoss() };
 */
export function cleanLoss(): Objective<void> {
  return {
    name: 'clean-loss',
    terms: ['cleanLoss'],
    evaluate: ({ model, labelled }) => ({
      cleanLoss: tf.mean(crossEntropyOf(model.logits(labelled.inputs, { mode: 'training' }), labelled.labels)) as Scalar,
    }),
  };
}
