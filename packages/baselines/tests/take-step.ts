import { createNoise, createStep, type Noise, type Objective, type TrainableModel } from '@groundstate/core';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export type Taken = {
  readonly terms: Readonly<Record<string, number>>;
  /** By the weight's name in the model. */
  readonly gradients: Readonly<Record<string, Float32Array>>;
  /** Gradient evaluations, of all examples together. */
  readonly backwards: number;
};

export interface Given {
  readonly model: TrainableModel;
  readonly inputs: Tensor;
  readonly labels: Tensor1D;
  readonly unlabelled?: Tensor;
  readonly noise?: Noise;
  readonly progress?: number;
}

const firstIds = (inputs: Tensor): Int32Array => Int32Array.from({ length: inputs.shape[0] ?? 0 }, (_, i) => i);

/** One step of an objective, as a training loop takes it; frees everything that it makes. */
export function takeStep(objective: Objective, { model, inputs, labels, unlabelled, noise, progress = 0 }: Given): Taken {
  return tf.tidy(() => {
    const { context, meter, onTape } = createStep({
      model,
      labelled: { ids: firstIds(inputs), inputs, labels },
      ...(unlabelled ? { unlabelled: { ids: firstIds(unlabelled), inputs: unlabelled } } : {}),
      noise: (ids) => noise ?? createNoise(5, ids),
      progress,
    });
    const constants = objective.prepare?.(context);
    const terms: Record<string, number> = {};
    const { grads } = tf.variableGrads(
      () =>
        onTape(() => {
          const evaluated = objective.evaluate(context, constants);
          for (const [name, term] of Object.entries(evaluated)) terms[name] = term.dataSync<'float32'>()[0]!;
          return tf.addN(Object.values(evaluated)) as Scalar;
        }),
      Object.values(model.weights),
    );
    const gradients = Object.fromEntries(
      Object.entries(model.weights).map(([name, weight]) => [
        name,
        Float32Array.from(grads[weight.name]?.dataSync() ?? new Float32Array(weight.size)),
      ]),
    );
    return { terms, gradients, backwards: meter.backwards };
  });
}
