import type { Model } from '@groundstate/core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** The same model with classes that it never predicts, for attacks that need more of them; their logits are all -50. */
export function withClasses(model: Model, classes: number): Model {
  const missing = classes - model.classes;
  if (missing <= 0) return model;
  return {
    ...model,
    classes,
    logits: (inputs, options) => {
      const logits = model.logits(inputs, options);
      return tf.concat([logits, tf.fill([logits.shape[0], missing], -50)], 1) as Tensor2D;
    },
  };
}
