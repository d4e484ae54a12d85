/**
 * Random noise, without a look at the model's gradient: the control beside every attack. A defence that noise breaks is
 * broken; one that only noise has been tried on is untested.
 */
import { type AttackProblem, checkKeys, checkNumber, defineAttack, type StepAttack } from '@groundstate/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Options of `uniformNoise` and `gaussianNoise`: how many draws. */
export interface NoiseOptions {
  /** How many independent draws are tried; one forward pass each. @default 10 */
  readonly draws?: number;
}

/**
 * Uniform in the ball, then clipped to the box.
 *
 * @example
 * uniformNoise({ draws: 100 });
 */
export function uniformNoise(options: NoiseOptions = {}): StepAttack {
  return noiseAttack('uniform-noise', options, (problem, noise) =>
    problem.threat.norm.sample(problem.inputs, problem.threat.epsilon, noise),
  );
}

/**
 * Normal noise of the size of the budget, brought back into ball and box: in high dimension almost all of it lies near
 * the sphere, where uniform noise under linf seldom is.
 *
 * @example
 * gaussianNoise();
 */
export function gaussianNoise(options: NoiseOptions = {}): StepAttack {
  return noiseAttack('gaussian-noise', options, ({ inputs, threat }, noise) => {
    const delta = noise.normal(inputs.shape.slice(1));
    const scale = threat.norm.name === 'linf' ? threat.epsilon : threat.epsilon / averageSize(threat.norm.name, inputs);
    return tf.add(inputs, tf.mul(delta, scale));
  });
}

/** The expected size of a standard normal perturbation, to first order in the dimension. */
function averageSize(norm: string, inputs: Tensor): number {
  const dimension = inputs.size / Math.max(1, inputs.shape[0] ?? 1);
  return norm === 'l1' ? dimension * Math.sqrt(2 / Math.PI) : Math.sqrt(dimension);
}

function noiseAttack(
  name: string,
  options: NoiseOptions,
  draw: (problem: AttackProblem, noise: AttackProblem['noise']) => Tensor,
): StepAttack {
  checkKeys(name, options, ['draws']);
  const draws = checkNumber(name, 'draws', options.draws ?? 10, { integer: true, min: 1 });
  const at = (problem: AttackProblem, index: number): Tensor => {
    const { threat, inputs, bounds, noise } = problem;
    return threat.norm.project(draw(problem, noise.stream('draw', index)), inputs, threat.epsilon, bounds);
  };
  return defineAttack({
    card: {
      name,
      norms: ['linf', 'l2', 'l1'],
      budget: 'fixed',
      access: 'logits',
      goals: ['misclassify', 'target', 'change'],
      paper: 'a control, of no paper',
    },
    steps: draws - 1,
    init: (problem) => ({ rows: { adversarial: at(problem, 0) } }),
    step: ({ rows: { adversarial } }, problem, { index }) => {
      problem.oracle.logits(adversarial);
      return { rows: { adversarial: at(problem, index + 1) } };
    },
  });
}
