/** Forward pass, input gradient and training step of a whole network. */
import * as tf from '@tensorflow/tfjs-core';
import type { NetworkPass } from '../cases/work';
import type { Workload } from '../contenders/serve';
import { adamSteps } from './adam-steps';
import { classifier, examples } from './network';
import { pure } from './pure';

export function networkPass({ pass, batch, network }: NetworkPass): Workload {
  const model = classifier(network);
  const { images, labels: classes } = examples(network, batch);
  const labels = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(classes, 'int32'), network.classes), 'float32') as tf.Tensor2D);
  const dispose = (): void => {
    model.dispose();
    tf.dispose([images, labels]);
  };
  if (pass === 'forward') return { ...pure([], () => tf.tidy(() => model.logits(images))), release: dispose };
  const gradient = tf.grad((candidate: tf.Tensor) => model.loss(candidate, labels));
  if (pass === 'input gradient') return { ...pure([], () => tf.tidy(() => gradient(images))), release: dispose };
  return adamSteps({
    weights: Object.fromEntries(model.weights.map((weight) => [weight.name, weight])),
    reset: model.reset,
    gradients: () => {
      const { value: loss, grads: gradients } = tf.variableGrads(() => model.loss(images, labels), [...model.weights]);
      return { loss, gradients };
    },
    dispose,
  });
}
