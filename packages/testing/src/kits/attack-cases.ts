/** The examples that attacks are tried on: a curved model, some rows right and some wrong, gradients of very different sizes. */
import { createNoise, type Goal, l0, l1, l2, linf, type Model, type Norm, type ThreatModel } from '@groundstate/core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { withClasses } from '../toys/more-classes';
import { smoothModel } from '../toys/smooth-model';

/** The norms of core, by name. */
export const norms: Readonly<Record<string, Norm>> = { linf: linf(), l2: l2(), l1: l1(), l0: l0() };
/** Budgets that fool some examples and not others. */
export const budgets: Readonly<Record<string, number>> = { linf: 0.1, l2: 0.4, l1: 1.2, l0: 3 };
export const shape: readonly number[] = [6, 6, 1];
export const size = 36;
/** Rows 0 to 4 are right when clean, the last two are wrong. */
export const n = 7;
const wrong = 2;

export const firstIds = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);

/** The radius that a float32 perturbation may have. */
export const reach = (threat: ThreatModel): number => threat.epsilon * (1 + 1e-5) + 1e-6;

export interface Cases {
  readonly model: Model;
  readonly inputs: Tensor4D;
  readonly labels: Tensor1D;
  /** Some of the rows, with their own ids, as a request for `perturb`; all of them by default. */
  request(threat: ThreatModel, options?: { readonly rows?: readonly number[]; readonly goal?: 'target' }): Request;
  dispose(): void;
}

interface Request {
  readonly model: Model;
  readonly inputs: Tensor4D;
  readonly ids: Int32Array;
  readonly goal: Goal;
  readonly threat: ThreatModel;
  readonly seed: number;
}

export function attackCases(classes = 2): Cases {
  const smooth = smoothModel({ inputShape: shape, scale: 2.5 });
  const model = withClasses(smooth, classes);
  const [inputs, labels] = tf.tidy(() => {
    // From nearly flat images to full contrast: logits, and with them gradients, of very different sizes.
    const contrast = tf.reshape(tf.tensor1d([0.05, 0.1, 0.3, 0.6, 1, 0.3, 1]), [n, 1, 1, 1]);
    const drawn = createNoise(11, firstIds(n))
      .stream('inputs')
      .uniform([...shape], [-0.5, 0.5]);
    const images = tf.add(tf.mul(drawn, contrast), 0.5) as Tensor4D;
    const predicted = tf.cast(tf.argMax(model.logits(images), 1), 'int32');
    const shift = tf.tensor1d([...new Array<number>(n - wrong).fill(0), ...new Array<number>(wrong).fill(1)], 'int32');
    return [images, tf.cast(tf.mod(tf.add(predicted, shift), 3), 'int32') as Tensor1D] as const;
  });
  return {
    model,
    inputs,
    labels,
    request: (threat, { rows, goal } = {}) => {
      const ids = rows ? Int32Array.from(rows) : firstIds(n);
      const [some, classes] = tf.tidy(() => {
        const index = tf.tensor1d(ids, 'int32');
        return [tf.gather(inputs, index), tf.gather(labels, index)] as const;
      });
      return { model, inputs: some, ids, goal: goal ? { kind: goal, classes } : { kind: 'misclassify', labels: classes }, threat, seed: 5 };
    },
    dispose: () => {
      tf.dispose([inputs, labels]);
      smooth.dispose();
    },
  };
}
