/**
 * Free adversarial training: every batch is used m times, and one backward pass gives both gradients at x + delta, that of
 * the weights, which the optimiser takes, and that of delta: delta <- P(delta + step * steepest(grad_delta l(x + delta))),
 * P onto the ball. delta outlives the batch: the next one starts from it.
 *
 * Source: "Adversarial training for free!", A. Shafahi, M. Najibi, A. Ghiasi, Z. Xu, J. Dickerson, C. Studer, L. S. Davis,
 * G. Taylor, T. Goldstein, 2019 (arXiv 1904.12843).
 */
import {
  type Bounds,
  checkKeys,
  checkNumber,
  cleanLoss,
  clipToBox,
  type Defence,
  type Descent,
  type ThreatModel,
  weightGradients,
} from '@groundstate/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkThreat } from './check-threat';

/** Options of `freeDescent`: the ball, and the step of the perturbation in it. */
export interface FreeDescentOptions {
  /** linf as in the paper, or l2: delta stays in this ball. */
  readonly threat: ThreatModel;
  /** The step of delta in input units. @default epsilon */
  readonly step?: number;
}

/** Options of `freeAdversarialTraining`: those of `freeDescent`, and how often a batch is replayed. */
export interface FreeAdversarialTrainingOptions extends FreeDescentOptions {
  /** m: how often each batch is used. Divide the epochs by it to spend what standard training spends. @default 8 */
  readonly replays?: number;
}

/** What the paper trains with, in units of inputs in [0, 1]; the epochs of standard training are divided by `replays`. */
export const freeSettings: Readonly<
  Record<
    'cifar10' | 'cifar100' | 'imagenet',
    { readonly norm: 'linf'; readonly epsilon: number; readonly step: number; readonly replays: number }
  >
> = {
  cifar10: { norm: 'linf', epsilon: 8 / 255, step: 8 / 255, replays: 8 },
  cifar100: { norm: 'linf', epsilon: 8 / 255, step: 8 / 255, replays: 8 },
  imagenet: { norm: 'linf', epsilon: 4 / 255, step: 4 / 255, replays: 4 },
};

const norms = ['linf', 'l2'];
/** delta is not an example: it may point out of the box, and only x + delta is clipped. */
const everywhere: Bounds = [-Infinity, Infinity];

/**
 * One gradient evaluation an example and step, a replay being a step: no other adversarial training costs as little a step.
 * Its term is called `cleanLoss`, being that objective, but is the loss at x + delta.
 *
 * @example
 * freeAdversarialTraining({ threat: { norm: linf(), epsilon: 8 / 255 }, replays: 8 });
 */
export function freeAdversarialTraining(options: FreeAdversarialTrainingOptions): Defence {
  const owner = 'freeAdversarialTraining';
  checkKeys(owner, options, ['threat', 'step', 'replays']);
  const { replays = 8, ...descent } = options;
  checkNumber(owner, 'replays', replays, { integer: true, min: 1 });
  return { name: 'free-at', objective: cleanLoss(), descent: freeFrom(owner, descent), replays };
}

/**
 * The same for any objective of the labelled inputs: it sees them moved by delta. The objective should need no attack of
 * its own, for what `prepare` computes belongs to the inputs that were not moved.
 *
 * delta is the memory `delta`, `[n, ...inputShape]`, zero at first and as long as the largest batch so far; a shorter batch
 * uses its first rows. Where x + delta is clipped to the box, delta has no gradient, as in the authors' code.
 *
 * @example
 * const defence = { name: 'free-at', objective: cleanLoss(), descent: freeDescent({ threat }), replays: 8 };
 */
export function freeDescent(options: FreeDescentOptions): Descent {
  return freeFrom('freeDescent', options);
}

function freeFrom(owner: string, options: FreeDescentOptions): Descent {
  checkKeys(owner, options, ['threat', 'step']);
  const { norm, epsilon } = checkThreat(owner, options.threat, norms);
  const step = options.step === undefined ? epsilon : checkNumber(owner, 'step', options.step, { above: 0 });
  return {
    name: `free ${norm.name} ${epsilon} by ${step}`,
    gradients: (model, terms, { labelled: { inputs } }, memory) => {
      const delta = tf.variable(firstRows(memory, inputs));
      try {
        const at = (): Tensor => clipToBox(tf.add(inputs, delta), model.bounds);
        const { gradients, others, terms: values } = weightGradients(model, () => terms(at()), { delta });
        const direction = norm.steepest(others.delta ?? tf.zerosLike(inputs), at(), model.bounds);
        const moved = norm.project(tf.add(delta, tf.mul(direction, step)), tf.zerosLike(inputs), epsilon, everywhere);
        return { gradients, terms: values, memory: { delta: withRest(moved, memory) } };
      } finally {
        delta.dispose();
      }
    },
  };
}

/** As many rows of delta as the batch has, zeros where it has none yet. */
function firstRows({ delta }: NamedTensorMap, inputs: Tensor): Tensor {
  const n = inputs.shape[0] ?? 0;
  const known = delta?.shape[0] ?? 0;
  if (!delta || known === 0) return tf.zerosLike(inputs);
  if (known >= n) return tf.slice(delta, 0, n);
  return tf.concat([delta, tf.zeros([n - known, ...inputs.shape.slice(1)])]);
}

/** The rows that this batch was too short for stay as they are. */
function withRest(moved: Tensor, { delta }: NamedTensorMap): Tensor {
  const n = moved.shape[0] ?? 0;
  return delta && (delta.shape[0] ?? 0) > n ? tf.concat([moved, tf.slice(delta, n)]) : moved;
}
