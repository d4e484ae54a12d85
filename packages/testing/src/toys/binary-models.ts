/** Models small enough to know the answer by hand: two classes, logits (0, m(x)), m a given function of the input. */
import type { Bounds, Model } from '@groundstate/core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Class 1 leads class 0 by `lead(x)`, `[n]`; the cross-entropy of label 1 is log(1 + exp(-lead)). */
export function binaryModel(
  name: string,
  inputShape: readonly number[],
  lead: (inputs: Tensor) => Tensor1D,
  bounds: Bounds = [0, 1],
): Model {
  return {
    name,
    bounds,
    classes: 2,
    inputShape,
    logits: (inputs) => {
      const second = lead(inputs);
      return tf.stack([tf.zerosLike(second), second], 1) as Tensor2D;
    },
  };
}

/**
 * lead(x) = <w, x> + b. For label 1 the worst point of a ball is x - epsilon * (steepest direction of w), where the lead is
 * smaller by epsilon times the dual norm of w, as long as the box does not stand in the way.
 */
export function linearModel(
  weights: readonly number[],
  bias: number,
  inputShape: readonly number[] = [weights.length],
  bounds?: Bounds,
): Model {
  return binaryModel(
    'linear',
    inputShape,
    (inputs) => {
      const n = inputs.shape[0] ?? 0;
      const products = tf.matMul(tf.reshape(inputs, [n, weights.length]) as Tensor2D, tf.tensor2d([...weights], [weights.length, 1]));
      return tf.add(tf.reshape(products, [n]), bias) as Tensor1D;
    },
    bounds,
  );
}

/**
 * The model that no attack can fool: linear, with a bias so large that class 1 leads everywhere in the box. Its gradient
 * is far from zero all the same, so an honest ascent uses its whole budget and the energy of its path is known:
 * with s = <w, x> + b and g the loss of the attack per unit of path, l(t) = log(1 + exp(-(s - t g))).
 */
export function unfoolableModel(inputShape: readonly number[] = [4]): Model {
  const size = inputShape.reduce((product, length) => product * length, 1);
  const weights = Array.from({ length: size }, (_, i) => (i % 2 === 0 ? 1 : -0.5) / size);
  // The lead is least where positive weights meet 0 and negative ones meet 1: then it is still 0.05.
  const least = weights.reduce((sum, weight) => sum + Math.min(0, weight), 0);
  return { ...linearModel(weights, 0.05 - least, inputShape), name: 'unfoolable' };
}

/**
 * lead(x) = amplitude * cos(2 pi frequency x_0) + offset, a function of the first coordinate: the loss comes back to where
 * it started and end-point penalties see nothing.
 */
export function waveModel(amplitude: number, frequency: number, offset: number): Model {
  return binaryModel('wave', [1], (inputs) => {
    const first = tf.reshape(inputs, [inputs.shape[0] ?? 0]);
    return tf.add(tf.mul(tf.cos(tf.mul(first, 2 * Math.PI * frequency)), amplitude), offset) as Tensor1D;
  });
}
