/** Training steps as a workload: gradients, then Adam as @groundstate/training does it, whose new tensors are assigned. */
import { adam, type OptimiserState } from '@groundstate/training';
import * as tf from '@tensorflow/tfjs-core';
import type { Workload } from '../contenders/serve';

const LEARNING_RATE = 1e-3;
/** Steps whose losses are compared: the later ones show what the updates did. */
const COMPARED = 3;

export interface Trained {
  readonly weights: Readonly<Record<string, tf.Variable>>;
  /** Assigns the initial weights. */
  reset(): void;
  /** Gradients by the names of `weights`, and the loss. Called inside a tidy. */
  gradients(): { readonly gradients: tf.NamedTensorMap; readonly loss: tf.Scalar };
  dispose(): void;
}

export function adamSteps({ weights, reset, gradients, dispose }: Trained): Workload {
  const optimiser = adam();
  let state: OptimiserState = optimiser.init(weights);
  const step = (): tf.Scalar => {
    const before = state;
    const { loss, after } = tf.tidy(() => {
      const { gradients: found, loss } = gradients();
      const { weights: updated, state: next } = optimiser.update(weights, found, before, LEARNING_RATE);
      for (const [name, tensor] of Object.entries(updated)) weights[name]!.assign(tensor);
      return { loss, after: { ...next } };
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
  return {
    run: () => step().dispose(),
    // Every visit trains from the start: a network that has learnt its batch by heart has gradients of another kind.
    reset: () => {
      tf.dispose(state.slots);
      state = optimiser.init(weights);
      reset();
    },
    answer: { calls: COMPARED, values: () => Array.from({ length: COMPARED }, lossOf) },
    release: () => {
      tf.dispose(state.slots);
      dispose();
    },
  };
}
