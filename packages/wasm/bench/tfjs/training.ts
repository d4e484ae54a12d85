/** One step of training as `fit` of @groundstate/training makes it: objective, descent, Adam, assignment. */
import { type Batch, cleanLoss, createNoise, createStep, type Defence, l2 } from '@groundstate/core';
import { energyRegularisation } from '@groundstate/energy';
import { plainDescent } from '@groundstate/training';
import * as tf from '@tensorflow/tfjs-core';
import type { Training } from '../cases/work';
import type { Workload } from '../contenders/serve';
import { adamSteps } from './adam-steps';
import { convnetOf, resetConvnet } from './convnet';
import { examples } from './network';

const defences: Readonly<Record<Training['objective'], () => Defence>> = {
  plain: () => ({ name: 'plain', objective: cleanLoss() }),
  energy: () => energyRegularisation({ threat: { norm: l2(), epsilon: 2 } }),
};

export function training({ objective: name, batch, network }: Training): Workload {
  const model = convnetOf(network);
  const { images: inputs, labels } = examples(network, batch);
  const labelled: Batch = { ids: Int32Array.from({ length: batch }, (_, id) => id), inputs, labels: tf.tensor1d(labels, 'int32') };
  const { objective } = defences[name]();
  const descent = plainDescent();
  return adamSteps({
    weights: model.weights,
    reset: () => resetConvnet(model, network),
    gradients: () => {
      const { context, onTape } = createStep({ model, labelled, noise: (ids) => createNoise(0, ids).stream('training'), progress: 0 });
      const constants = objective.prepare?.(context);
      const { gradients, terms } = descent.gradients(model, () => onTape(() => objective.evaluate(context, constants)), context, {});
      return { gradients, loss: tf.addN(Object.values(terms)) as tf.Scalar };
    },
    dispose: () => {
      model.dispose();
      tf.dispose([inputs, labelled.labels]);
    },
  });
}
