/**
 * Projected steepest ascent, the primitive under PGD and under the default path of the energy:
 * x <- P(x + step * steepest(grad loss(x))), P the projection onto ball and box.
 *
 * Source: "Towards deep learning models resistant to adversarial attacks", A. Madry et al., 2018 (arXiv 1706.06083).
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AdversarialLoss, AttackProblem, StepAttackDefinition } from '../contract/attack';
import { checkNumber } from '../errors';
import { crossEntropy } from '../losses/cross-entropy';

/** Options of `ascent`: steps, their size, the start, the loss. */
export interface AscentOptions {
  /** Number of steps; one gradient evaluation each. @default 40 */
  readonly steps?: number;
  /** The step as a share of epsilon. @default 2.5 / steps */
  readonly relativeStep?: number;
  /** The step in input units; takes the place of `relativeStep`. */
  readonly step?: number;
  /** Start at a random point of the ball rather than at the clean input. @default true */
  readonly randomStart?: boolean;
  /** What is ascended. @default crossEntropy() */
  readonly loss?: AdversarialLoss;
}

type AscentState = { readonly rows: { readonly adversarial: Tensor } };

/** The steps and functions of an attack that lacks only its card. */
export function ascent(options: AscentOptions = {}, owner = 'ascent'): Omit<StepAttackDefinition<AscentState>, 'card'> {
  const { steps = 40, randomStart = true, loss = crossEntropy() } = options;
  checkNumber(owner, 'steps', steps, { integer: true, min: 1 });
  const relativeStep = checkNumber(owner, 'relativeStep', options.relativeStep ?? 2.5 / steps, { above: 0 });
  if (options.step !== undefined) checkNumber(owner, 'step', options.step, { above: 0 });
  const stepOf = ({ threat }: AttackProblem): number => options.step ?? relativeStep * threat.epsilon;
  return {
    steps,
    init: ({ inputs, threat, noise, bounds }) => {
      const start = randomStart
        ? threat.norm.project(threat.norm.sample(inputs, threat.epsilon, noise.stream('start')), inputs, threat.epsilon, bounds)
        : inputs;
      return { rows: { adversarial: start } };
    },
    step: ({ rows: { adversarial } }, problem) => {
      const { oracle, threat, inputs, bounds } = problem;
      const { gradient } = oracle.ascent(adversarial, loss);
      const moved = tf.add(adversarial, tf.mul(threat.norm.steepest(gradient, adversarial, bounds), stepOf(problem)));
      return { rows: { adversarial: threat.norm.project(moved, inputs, threat.epsilon, bounds) } };
    },
  };
}
