/**
 * Local linearity regularisation (LLR): mean l(x) + gapWeight * mean gamma(d) + slopeWeight * mean |<d, g(x)>|, where
 * gamma(d) = | l(x + d) - l(x) - <d, g(x)> | is how far the loss is from its tangent, and d climbs it inside the ball:
 * d <- P(d + step * steepest(grad gamma(d))) from a random start; d is then held constant.
 *
 * Source: "Adversarial robustness through local linearization", C. Qin, J. Martens, S. Gowal, D. Krishnan, K. Dvijotham,
 * A. Fawzi, S. De, R. Stanforth, P. Kohli, 2019 (arXiv 1907.02610).
 */
import {
  type Adversary,
  ascent,
  checkKeys,
  checkNumber,
  cleanLoss,
  crossEntropy,
  crossEntropyOf,
  type Defence,
  defineAttack,
  euclidean,
  expected,
  flatten,
  type Objective,
  perExample,
  type StepAttack,
  signOf,
  sum,
  type ThreatModel,
} from '@groundstate/core';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkThreat } from './check-threat';
import {
  checkMethod,
  directionOf,
  type ExampleLoss,
  type GradientMethod,
  lossesAt,
  requireSecondOrder,
  slopeAlong,
  tapedGradient,
} from './input-gradients';
import { type WarmUpOptions, warmUpOf } from './warm-up';

/** Options of `linearityLoss`: the adversary that looks for the least linear point, and the weights of gap and slope. */
export interface LinearityLossOptions {
  /** Who finds d. */
  readonly adversary: Adversary;
  /** lambda in the paper: of the distance from the tangent. @default 4 */
  readonly gapWeight?: number;
  /** mu in the paper: of the slope along d. @default 3 */
  readonly slopeWeight?: number;
  /** How the gradient of <d, g(x)> is taken. @default 'finite-difference' */
  readonly method?: GradientMethod;
}

/** Options of `localLinearity`: those of `linearityLoss`, with the ball and the ascent in the place of the adversary. */
export interface LocalLinearityOptions extends Omit<LinearityLossOptions, 'adversary'>, WarmUpOptions {
  /** The ball in which the loss is to be straight. */
  readonly threat: ThreatModel;
  /** Steps of the ascent; one gradient evaluation each. @default 10 */
  readonly steps?: number;
  /** The step as a share of epsilon. @default 2.5 / steps */
  readonly relativeStep?: number;
}

/** What the paper trains with, in units of inputs in [0, 1]. */
export const localLinearitySettings: Readonly<
  Record<'cifar10', { readonly norm: 'linf'; readonly epsilon: number; readonly gapWeight: number; readonly slopeWeight: number }>
> = { cifar10: { norm: 'linf', epsilon: 8 / 255, gapWeight: 4, slopeWeight: 3 } };

const norms = ['linf', 'l2', 'l1'];

/**
 * `steps` + 5 gradient evaluations an example and step by differences: the ascent and the tangent it needs, x + d, two for
 * the slope and the clean pass, which is shared where the model has no batch statistics. By double backpropagation
 * the slope counts as two as well.
 *
 * @example
 * localLinearity({ threat: { norm: linf(), epsilon: 8 / 255 }, steps: 10 });
 */
export function localLinearity(options: LocalLinearityOptions): Defence {
  checkKeys('localLinearity', options, ['threat', 'gapWeight', 'slopeWeight', 'steps', 'relativeStep', 'method', 'warmUp']);
  const { threat: _, steps = 10, relativeStep, warmUp, ...loss } = options;
  const threat = checkThreat('localLinearity', options.threat, norms);
  const attack = tangentAscent({ steps, ...(relativeStep === undefined ? {} : { relativeStep }) });
  const objective = lossFrom('localLinearity', {
    ...loss,
    adversary: { attack, threat, on: 'labelled', ...warmUpOf('localLinearity', { warmUp }) },
  });
  return { name: 'llr', objective: sum(cleanLoss(), objective) };
}

type Constants = { readonly end: Tensor; readonly direction: Tensor; readonly length: Tensor1D };

/**
 * Both terms, weighted, at any adversary's examples, alone. In inference mode where the model has batch statistics.
 *
 * @example
 * sum(cleanLoss(), linearityLoss({ adversary, gapWeight: 4, slopeWeight: 3 }));
 */
export function linearityLoss(options: LinearityLossOptions): Objective<Constants> {
  return lossFrom('linearityLoss', options);
}

function lossFrom(owner: string, options: LinearityLossOptions): Objective<Constants> {
  checkKeys(owner, options, ['adversary', 'gapWeight', 'slopeWeight', 'method']);
  const { adversary } = options;
  if (adversary?.on !== 'labelled') throw expected(owner, 'adversary.on', "'labelled'", adversary?.on, 'Cross-entropy needs labels.');
  const gapWeight = checkNumber(owner, 'gapWeight', options.gapWeight ?? 4, { min: 0 });
  const slopeWeight = checkNumber(owner, 'slopeWeight', options.slopeWeight ?? 3, { min: 0 });
  const method = checkMethod(owner, options.method);
  return {
    name: `linearity-loss ${gapWeight} ${slopeWeight} by ${method}`,
    terms: ['linearityGap', 'linearSlope'],
    adversaries: [adversary],
    prepare: (context) => {
      if (method === 'double-backprop') requireSecondOrder(owner, context, "Use the method 'finite-difference'.");
      const end = context.adversarial(adversary);
      const delta = tf.sub(end, context.labelled.inputs);
      return { end, direction: directionOf(delta), length: euclidean(delta) };
    },
    evaluate: (context, { end, direction, length }) => {
      const { inputs, labels } = context.labelled;
      const loss: ExampleLoss = (logits) => crossEntropyOf(logits, labels);
      const along =
        method === 'finite-difference'
          ? slopeAlong(context, inputs, direction, loss)
          : inner(tapedGradient(context, inputs, loss), direction);
      const slope = tf.mul(along, length);
      const [there, here] = lossesAt(context, [end, inputs], loss);
      const gap = tf.sub(tf.sub(there!, here!), slope);
      return {
        linearityGap: tf.mul(tf.mean(tf.abs(gap)), gapWeight) as Scalar,
        linearSlope: tf.mul(tf.mean(tf.abs(slope)), slopeWeight) as Scalar,
      };
    },
  };
}

/** <a, b> of each example. */
function inner(a: Tensor, b: Tensor): Tensor1D {
  return tf.sum(tf.mul(flatten(a), flatten(b)), 1) as Tensor1D;
}

/** At x itself the loss is on its tangent and there is nothing to climb: hence the random start. */
function tangentAscent(options: { readonly steps: number; readonly relativeStep?: number }): StepAttack {
  const loss = crossEntropy();
  const { init, steps } = ascent(options, 'localLinearity');
  const share = options.relativeStep ?? 2.5 / steps;
  return defineAttack({
    card: {
      name: 'tangent-ascent',
      norms,
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify'],
      paper: 'Adversarial robustness through local linearization (Qin et al. 2019, arXiv 1907.02610)',
    },
    steps,
    init: (problem) => {
      const tangent = problem.oracle.ascent(problem.inputs, loss);
      return { rows: { ...init(problem).rows, value: tangent.loss, slope: tangent.gradient } };
    },
    step: ({ rows: { adversarial, value, slope } }, { oracle, threat, inputs, bounds }) => {
      const here = oracle.ascent(adversarial, loss);
      const gap = tf.sub(tf.sub(here.loss, value), inner(tf.sub(adversarial, inputs), slope));
      const uphill = tf.mul(tf.sub(here.gradient, slope), perExample(signOf(gap) as Tensor1D, adversarial));
      const moved = tf.add(adversarial, tf.mul(threat.norm.steepest(uphill, adversarial, bounds), share * threat.epsilon));
      return { rows: { adversarial: threat.norm.project(moved, inputs, threat.epsilon, bounds), value, slope } };
    },
  });
}
