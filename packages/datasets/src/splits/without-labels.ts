import type { Examples } from '@groundstate/core';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** The label of an example whose class nobody may know. No class: an attack refuses it as a goal, and no prediction is ever right. */
export const noLabel = -1;

/**
 * The same examples, by the same ids, without their labels: every one is `noLabel`.
 *
 * @example
 * const unlabelled = withoutLabels(train);
 */
export function withoutLabels(examples: Examples): Examples {
  const hidden = (size: number): Int32Array => new Int32Array(size).fill(noLabel);
  return {
    size: examples.size,
    labels: hidden(examples.size),
    read: async (positions) => {
      const { ids, inputs, labels } = await examples.read(positions);
      labels.dispose();
      return { ids, inputs, labels: tf.tensor1d(hidden(ids.length), 'int32') as Tensor1D };
    },
  };
}
