/**
 * SI-NI-FGSM: NI-FGSM on the mean of the losses of x, x/2, x/4, ...: networks see a fainter image as the same, and a direction that suits
 * all of them suits other networks.
 *
 * Source: "Nesterov accelerated gradient and scale invariance for adversarial attacks", J. Lin, C. Song, K. He, L. Wang,
 * J. E. Hopcroft, 2020 (arXiv 1908.06281).
 */
import { checkNumber, type StepAttack } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { ahead, gradientAt, type MomentumOptions, momentumOptions, withMomentum } from './momentum';

/** Options of `siNiFgsm`. */
export interface SiNiFgsmOptions extends MomentumOptions {
  /** How many scales, each half of the one before; a gradient evaluation each. @default 5 */
  readonly scales?: number;
}

/**
 * As many gradient evaluations a step as scales. For inputs whose black is 0.
 *
 * @example
 * transfer(siNiFgsm({ scales: 5 }), substitute);
 */
export function siNiFgsm(options: SiNiFgsmOptions = {}): StepAttack {
  const { scales: given, ...rest } = options;
  const scales = checkNumber('si-ni-fgsm', 'scales', given ?? 5, { integer: true, min: 1 });
  const paper = 'Nesterov accelerated gradient and scale invariance for adversarial attacks (Lin et al. 2020, arXiv 1908.06281)';
  const slopeAt: Parameters<typeof withMomentum>[3] = (standing) => {
    const point = ahead(standing);
    const parts = Array.from({ length: scales }, (_, i) => {
      const share = 2 ** -i;
      return tf.mul(gradientAt(tf.mul(point, share), standing.problem), share / scales);
    });
    return { gradient: parts.reduce((sum, part) => tf.add(sum, part)) };
  };
  return withMomentum('si-ni-fgsm', paper, rest, slopeAt, [...momentumOptions, 'scales']);
}
