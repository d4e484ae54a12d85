/** Forward pass, input gradient and training step of a whole network. */
import { adam, type OptimiserState } from '@groundstate/training';
import * as tf from '@tensorflow/tfjs-core';
import type { NetworkPass } from '../cases/work';
import type { Workload } from '../contenders/serve';
import { type Classifier, classifier, examples } from './network';
import { pure } from './pure';

const LEARNING_RATE = 1e-3;
/** Steps whose losses are compared: the later ones show what the updates did. */
const COMPARED = 3;

export function networkPass({ pass, batch, network }: NetworkPass): Workload {
  const model = classifier(network);
  const { images, labels: classes } = examples(network, batch);
  const labels = tf.tidy(() => tf.oneHot(tf.tensor1d(classes, 'int32'), network.classes).toFloat() as tf.Tensor2D);
  const release = (): void => {
    model.dispose();
    tf.dispose([images, labels]);
  };
  if (pass === 'forward') return { ...pure([], () => tf.tidy(() => model.logits(images))), release };
  const gradient = tf.grad((candidate: tf.Tensor) => model.loss(candidate, labels));
  if (pass === 'input gradient') return { ...pure([], () => tf.tidy(() => gradient(images))), release };
  return { ...steps(model, images, labels), release };
}

/** Gradients for all weights, then Adam as our own training does it: new tensors, which are assigned. */
function steps(model: Classifier, images: tf.Tensor, labels: tf.Tensor2D): Omit<Workload, 'release'> {
  const optimiser = adam();
  const weights = Object.fromEntries(model.weights.map((weight) => [weight.name, weight]));
  let state: OptimiserState | undefined;
  const reset = (): void => {
    if (state) tf.dispose(state.slots);
    state = optimiser.init(weights);
    model.reset();
  };
  const step = (): tf.Scalar => {
    const before = state!;
    const { loss, after } = tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => model.loss(images, labels), [...model.weights]);
      const { weights: updated, state: next } = optimiser.update(weights, grads, before, LEARNING_RATE);
      for (const [name, tensor] of Object.entries(updated)) weights[name]!.assign(tensor);
      return { loss: value, after: { ...next } };
    });
    tf.dispose(before.slots);
    state = after;
    return loss;
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
  };
}
