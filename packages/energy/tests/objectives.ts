/** One step of training on a few examples, for the tests of objectives. */
import { createNoise, createStep, type Model, type Objective, type TrainableModel } from '@groundstate/core';
import type { NamedTensorMap, Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export const ids: Int32Array = Int32Array.from([0, 1, 2]);

/** Three examples of six coordinates with the labels 0, 1, 2. */
export function examples(): { readonly ids: Int32Array; readonly inputs: Tensor; readonly labels: Tensor1D } {
  return { ids, inputs: createNoise(5, ids).uniform([6], [0.2, 0.8]), labels: tf.tensor1d([0, 1, 2], 'int32') };
}

/** The value of an objective's only term and its gradients by weight name, constants held. Call it in a tidy. */
export function evaluated(
  objective: Objective,
  model: TrainableModel,
  parts: { readonly labelled?: ReturnType<typeof examples>; readonly unlabelled?: { ids: Int32Array; inputs: Tensor } } = {},
): { readonly value: number; readonly grads: NamedTensorMap; readonly backwards: number; readonly forwards: number } {
  const { labelled = examples(), unlabelled } = parts;
  const step = createStep({ model, labelled, noise: (rows) => createNoise(8, rows), progress: 0, ...(unlabelled ? { unlabelled } : {}) });
  const constants = objective.prepare?.(step.context);
  const { value, grads } = tf.variableGrads(
    () => step.onTape(() => tf.addN(Object.values(objective.evaluate(step.context, constants))) as Scalar),
    Object.values(model.weights),
  );
  const named = Object.fromEntries(Object.entries(model.weights).map(([name, weight]) => [name, grads[weight.name]!]));
  return { value: value.dataSync()[0]!, grads: named, backwards: step.meter.backwards, forwards: step.meter.forwards };
}

/** The value of an objective's only term, for a model without weights. */
export function meanEnergy(objective: Objective, model: Model, labelled: ReturnType<typeof examples>): number {
  return tf.tidy(() => {
    const { context, onTape } = createStep({ model, labelled, noise: (rows) => createNoise(8, rows), progress: 0 });
    const constants = objective.prepare?.(context);
    return Object.values(onTape(() => objective.evaluate(context, constants)))[0]!.dataSync()[0]!;
  });
}
