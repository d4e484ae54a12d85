/**
 * Variance tuning: a gradient is corrected by how those of its neighbourhood differed from it in the step before, so that the momentum
 * is not led astray by one rough place.
 *
 * Source: "Enhancing the transferability of adversarial attacks through variance tuning", X. Wang, K. He, 2021 (arXiv 2103.15571).
 */
import { checkNumber, type StepAttack } from '@groundstate/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { gradientAt, type MomentumOptions, momentumOptions, type Standing, withMomentum } from './momentum';

/** Options of `vmiFgsm` and `vniFgsm`. */
export interface VarianceOptions extends MomentumOptions {
  /** Points of the neighbourhood; a gradient evaluation each. @default 20 */
  readonly neighbours?: number;
  /** The neighbourhood's radius as a share of epsilon. @default 1.5 */
  readonly radius?: number;
}

/** The gradient at `pointOf`, plus the mean of its neighbours' less the gradient itself, as they were a step ago. */
export function varianceTuned(name: string, options: VarianceOptions, pointOf: (standing: Standing) => Tensor): StepAttack {
  const { neighbours: given, radius: share, ...rest } = options;
  const neighbours = checkNumber(name, 'neighbours', given ?? 20, { integer: true, min: 1 });
  const radius = checkNumber(name, 'radius', share ?? 1.5, { above: 0 });
  const paper = 'Enhancing the transferability of adversarial attacks through variance tuning (Wang and He 2021, arXiv 2103.15571)';
  const slopeAt = (standing: Standing) => {
    const { x, problem, index, kept } = standing;
    const own = gradientAt(pointOf(standing), problem);
    const reach = radius * problem.threat.epsilon;
    const around = Array.from({ length: neighbours }, (_, i) => {
      const draw = problem.noise.stream('neighbour', index, i).uniform(x.shape.slice(1), [-reach, reach]);
      return gradientAt(tf.add(x, draw), problem);
    });
    const mean = tf.div(
      around.reduce((sum, part) => tf.add(sum, part)),
      neighbours,
    );
    return { gradient: tf.add(own, kept), kept: tf.sub(mean, own) };
  };
  return withMomentum(name, paper, rest, slopeAt, [...momentumOptions, 'neighbours', 'radius']);
}
