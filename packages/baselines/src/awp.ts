/**
 * Adversarial weight perturbation: the weights' gradient is taken at w + gamma |w| g / |g|, g the gradient of the same loss
 * at w, tensor by tensor; the weights themselves stay where they are. It ascends the loss in the weights, as attacks do in
 * the inputs, and flattens it there. It composes with every objective.
 *
 * Source: "Adversarial weight perturbation helps robust generalization", D. Wu, S.-T. Xia, Y. Wang, 2020 (arXiv 2004.05884).
 */
import { checkKeys, checkNumber, type Descent, euclidean, type TrainableModel, unit, weightGradients } from '@groundstate/core';
import type { NamedTensorMap, Tensor, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Options of `awp`: how far the weights are moved, and from when on. */
export interface AwpOptions {
  /** The length of the perturbation, as a share of each tensor's own l2 norm. @default 0.01 */
  readonly gamma?: number;
  /** Share of the training, 0 to 1, before it begins: the first steps are taken plainly and cost nothing more. @default 0 */
  readonly warmup?: number;
  /** How the gradient at the moved weights is taken. @default the plain gradient */
  readonly inner?: Descent;
}

/** What the paper trains with, on CIFAR-10: with adversarial training, and with TRADES from the 10th of 200 epochs on. */
export const awpSettings = {
  cifar10: { gamma: 0.01, warmup: 0 },
  cifar10Trades: { gamma: 0.005, warmup: 0.05 },
} as const;

/**
 * One more evaluation of the terms a step: the adversaries' examples are found once, at the weights as they are. Kernels
 * (tensors of rank 2 and more) are moved, biases and the parameters of normalisation are not, as in the authors' code.
 * Buffers, such as the averages of batch normalisation, see the second pass only. The terms that are logged are those at
 * the moved weights.
 *
 * @example
 * const defence = { ...adversarialTraining({ attack, threat }), name: 'pgd-at-awp', descent: awp({ gamma: 0.01 }) };
 */
export function awp(options: AwpOptions = {}): Descent {
  checkKeys('awp', options, ['gamma', 'warmup', 'inner']);
  const { inner } = options;
  const gamma = checkNumber('awp', 'gamma', options.gamma ?? 0.01, { above: 0 });
  const warmup = checkNumber('awp', 'warmup', options.warmup ?? 0, { min: 0, max: 1 });
  const descend: Descent['gradients'] =
    inner?.gradients.bind(inner) ??
    ((model, terms, _context, memory) => {
      const { gradients, terms: values } = weightGradients(model, () => terms());
      return { gradients, terms: values, memory };
    });
  return {
    name: `awp ${gamma} from ${warmup}${inner ? ` with ${inner.name}` : ''}`,
    ...(inner?.init ? { init: inner.init.bind(inner) } : {}),
    gradients: (model, terms, context, memory) => {
      if (context.progress < warmup) return descend(model, terms, context, memory);
      const ascending = holding(model.buffers, () => weightGradients(model, () => terms()).gradients);
      return holding(kernels(model), (kept) => {
        for (const [name, weight] of Object.entries(kept)) {
          const gradient = ascending[name];
          if (gradient) model.weights[name]!.assign(tf.add(weight, step(weight, gradient, gamma)));
        }
        return descend(model, terms, context, memory);
      });
    },
  };
}

function kernels({ weights }: TrainableModel): Readonly<Record<string, Variable>> {
  return Object.fromEntries(Object.entries(weights).filter(([, weight]) => weight.rank > 1));
}

/** gamma |w| g / |g|, one length for the whole tensor; zero where the gradient is. */
function step(weight: Tensor, gradient: Tensor, gamma: number): Tensor {
  const row = tf.reshape(gradient, [1, -1]);
  const length = tf.mul(euclidean(tf.reshape(weight, [1, -1])), gamma);
  return tf.reshape(tf.mul(unit(row, euclidean(row)), length), weight.shape);
}

/** Runs `compute` with copies of the variables' values, and puts those back bit for bit, also when it throws. */
function holding<T>(variables: Readonly<Record<string, Variable>>, compute: (kept: NamedTensorMap) => T): T {
  const kept: NamedTensorMap = Object.fromEntries(Object.entries(variables).map(([name, variable]) => [name, tf.clone(variable)]));
  try {
    return compute(kept);
  } finally {
    for (const [name, value] of Object.entries(kept)) variables[name]!.assign(value);
  }
}
