/** One step of training as `fit` of @groundstate/training makes it: objective, descent, Adam, assignment. */
import { type Batch, cleanLoss, createNoise, createStep, type Defence, l2 } from '@groundstate/core';
import { energyRegularisation } from '@groundstate/energy';
import { adam, type OptimiserState, plainDescent } from '@groundstate/training';
import * as tf from '@tensorflow/tfjs-core';
import type { Training } from '../cases/work';
import type { Workload } from '../contenders/serve';
import { convnetOf, resetConvnet } from './convnet';
import { examples } from './network';

const LEARNING_RATE = 1e-3;
const COMPARED = 2;

const defences: Readonly<Record<Training['objective'], () => Defence>> = {
  plain: () => ({ name: 'plain', objective: cleanLoss() }),
  energy: () => energyRegularisation({ threat: { norm: l2(), epsilon: 2 } }),
};

export function training({ objective, batch, network }: Training): Workload {
  const model = convnetOf(network);
  const { images: inputs, labels } = examples(network, batch);
  const labelled: Batch = { ids: Int32Array.from({ length: batch }, (_, id) => id), inputs, labels: tf.tensor1d(labels, 'int32') };
  const defence = defences[objective]();
  const [descent, optimiser] = [plainDescent(), adam()];
  let state: OptimiserState | undefined;

  const reset = (): void => {
    if (state) tf.dispose(state.slots);
    state = optimiser.init(model.weights);
    resetConvnet(model, network);
  };
  const step = (): tf.Scalar => {
    const before = state!;
    const { loss, after } = tf.tidy(() => {
      const { context, onTape } = createStep({ model, labelled, noise: (ids) => createNoise(0, ids).stream('training'), progress: 0 });
      const constants = defence.objective.prepare?.(context);
      const { gradients, terms } = descent.gradients(model, () => onTape(() => defence.objective.evaluate(context, constants)), context, {});
      const { weights, state: next } = optimiser.update(model.weights, gradients, before, LEARNING_RATE);
      for (const [name, tensor] of Object.entries(weights)) model.weights[name]!.assign(tensor);
      return { loss: tf.addN(Object.values(terms)), after: { ...next } };
    });
    tf.dispose(before.slots);
    state = after;
    return loss as tf.Scalar;
  };
  const lossOf = (): number => {
    const loss = step();
    const [value] = loss.dataSync();
    loss.dispose();
    return value!;
  };

  reset();
  return {
    run: () => step().dispose(),
    reset,
    answer: { calls: COMPARED, values: () => Array.from({ length: COMPARED }, lossOf) },
    release: () => {
      model.dispose();
      tf.dispose([inputs, labelled.labels, ...Object.values(state!.slots)]);
    },
  };
}
