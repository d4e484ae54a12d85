import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { expectReference, referenceNetworks } from './reference-networks';

it.each(referenceNetworks)('%s has the logits, gradients and moving averages of an outside implementation', (_, network) => {
  const before = tf.memory().numTensors;
  expectReference(network);
  expect(tf.memory().numTensors).toBe(before);
});
