/**
 * Cross-entropy: -log p_y(x). Attacks ascend it for the label (or the clean prediction), and its negative for a target.
 *
 * Written as log(1 + sum_{k != y} exp(z_k - z_y)), because a confident model has p_y = 1 in float32: the usual form,
 * softmax minus one-hot, then loses the label's share of the gradient altogether, and an attack that follows what is left
 * takes rounding for robustness.
 */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AdversarialLoss } from '../contract/attack';
import { optionalKernel } from '../substrate/optional-kernel';
import { logitOf, oneHot, referenceClass } from './classes';

type Odds = {
  /** max(0, the rivals' largest lead over the label), `[n, 1]`: what keeps the exponentials finite. */
  readonly shift: Tensor;
  /** exp(z_k - z_y - shift) for the rivals k, 0 for the label, `[n, classes]`, and their sum, `[n, 1]`. */
  readonly rivals: Tensor;
  readonly sum: Tensor;
};

function oddsOf(logits: Tensor2D, hot: Tensor): Odds {
  const lead = tf.sub(logits, tf.reshape(logitOf(logits, hot), [-1, 1]));
  const shift = tf.relu(tf.max(lead, 1, true));
  const rivals = tf.mul(tf.exp(tf.sub(lead, shift)), tf.sub(1, hot));
  return { shift, rivals, sum: tf.sum(rivals, 1, true) };
}

/** log(1 + x) for x >= 0, also where 1 + x rounds to 1; tfjs's own is off by a rounding of 1 + x on some backends. */
function logOnePlus(x: Tensor): Tensor {
  const rounded = tf.add(x, 1);
  const step = tf.sub(rounded, 1);
  const lost = tf.equal(step, 0);
  const exact = tf.mul(x, tf.div(tf.log(rounded), tf.where(lost, tf.onesLike(step), step)));
  return tf.where(lost, x, exact);
}

function lossesOf(logits: Tensor2D, hot: Tensor): Tensor1D {
  const { shift, sum } = oddsOf(logits, hot);
  // Rivals ahead: shift + log(exp(-shift) + sum); label ahead: shift is 0, and the first summand is exactly 1.
  const behind = tf.equal(shift, 0);
  const value = tf.where(behind, logOnePlus(sum), tf.add(shift, tf.log(tf.add(tf.exp(tf.neg(shift)), sum))));
  return tf.reshape(value, [-1]);
}

function gradientOf(logits: Tensor2D, hot: Tensor, dy: Tensor): Tensor {
  const odds = oddsOf(logits, hot);
  const rivals = tf.div(odds.rivals, tf.add(tf.exp(tf.neg(odds.shift)), odds.sum));
  const label = tf.mul(hot, tf.neg(tf.sum(rivals, 1, true)));
  return tf.mul(tf.reshape(dy, [-1, 1]), tf.add(rivals, label));
}

/**
 * Per example, `[n]`: the cross-entropy of logits `[n, classes]` and integer labels `[n]`. Right to second derivatives. On a
 * backend that has the kernels `CrossEntropyWithLabels` and `CrossEntropyWithLabelsGrad` each direction is one pass.
 */
export function crossEntropyOf(logits: Tensor2D, labels: Tensor1D): Tensor1D {
  const compute = tf.customGrad((...given: unknown[]) => {
    const [z, chosen, save] = given as [Tensor2D, Tensor1D, (tensors: Tensor[]) => void];
    const kernel = optionalKernel('CrossEntropyWithLabels');
    save([z, chosen]);
    return {
      value: kernel ? kernel<Tensor1D>({ logits: z, labels: chosen }) : lossesOf(z, oneHot(chosen, z.shape[1])),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [savedLogits, savedLabels] = saved as [Tensor2D, Tensor1D];
        const kernel = optionalKernel('CrossEntropyWithLabelsGrad');
        const gradient = kernel
          ? kernel({ logits: savedLogits, labels: savedLabels, dy })
          : gradientOf(savedLogits, oneHot(savedLabels, savedLogits.shape[1]), dy);
        return [gradient, tf.zeros(savedLabels.shape)];
      },
    };
  });
  return compute(logits, tf.cast(labels, 'int32')) as Tensor1D;
}

/**
 * @example
 * pgd({ loss: crossEntropy() });
 */
export function crossEntropy(): AdversarialLoss {
  return (logits, problem) =>
    problem.goal.kind === 'target'
      ? (tf.neg(crossEntropyOf(logits, problem.goal.classes)) as Tensor1D)
      : crossEntropyOf(
          logits,
          referenceClass(problem.goal, () => problem.cleanLogits),
        );
}
