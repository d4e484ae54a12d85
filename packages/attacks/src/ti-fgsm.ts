/**
 * TI-FGSM, the translation-invariant method: the gradient smoothed by a Gaussian, which is to first order the mean gradient of the image
 * moved a little every way.
 *
 * Source: "Evading defenses to transferable adversarial examples by translation-invariant attacks", Y. Dong, T. Pang, H. Su, J. Zhu,
 * 2019 (arXiv 1904.02884).
 */
import { checkNumber, expected, type StepAttack } from '@groundstate/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { alongBoth, asImages } from './images';
import { gradientAt, type MomentumOptions, momentumOptions, type Standing, withMomentum } from './momentum';

/** Options of `tiFgsm`. */
export interface TiFgsmOptions extends MomentumOptions {
  /** Pixels of the kernel's side, an odd number. @default 15 */
  readonly kernelSize?: number;
  /** How many standard deviations the kernel reaches from its middle. @default 3 */
  readonly deviations?: number;
}

/**
 * One gradient evaluation a step.
 *
 * @example
 * transfer(tiFgsm({ kernelSize: 7 }), substitute);
 */
export function tiFgsm(options: TiFgsmOptions = {}): StepAttack {
  const { kernelSize: size, deviations: reach, ...rest } = options;
  const kernelSize = checkNumber('ti-fgsm', 'kernelSize', size ?? 15, { integer: true, min: 1 });
  if (kernelSize % 2 === 0) throw expected('ti-fgsm', 'kernelSize', 'odd', kernelSize);
  const deviations = checkNumber('ti-fgsm', 'deviations', reach ?? 3, { above: 0 });
  const paper =
    'Evading defenses to transferable adversarial examples by translation-invariant attacks (Dong et al. 2019, arXiv 1904.02884)';
  const slopeAt = ({ x, problem }: Standing) => {
    const gradient = asImages(gradientAt(x, problem), 'ti-fgsm');
    const [n, height, width] = gradient.shape;
    const smooth = (length: number): Tensor => tf.tile(smoothing(length, kernelSize, deviations), [n, 1, 1]);
    return { gradient: tf.reshape(alongBoth(gradient, smooth(height), smooth(width)), x.shape) };
  };
  return withMomentum('ti-fgsm', paper, rest, slopeAt, [...momentumOptions, 'kernelSize', 'deviations']);
}

/** `[1, length, length]`: convolution with a Gaussian, zeros outside the image. */
export function smoothing(length: number, kernelSize: number, deviations: number): Tensor {
  const half = (kernelSize - 1) / 2;
  const weight = (offset: number): number => Math.exp(-0.5 * ((deviations * offset) / Math.max(half, 1)) ** 2);
  const total = Array.from({ length: kernelSize }, (_, i) => weight(i - half)).reduce((sum, value) => sum + value, 0);
  const values = Array.from({ length: length * length }, (_, i) => {
    const offset = Math.floor(i / length) - (i % length);
    return Math.abs(offset) > half ? 0 : weight(offset) / total;
  });
  return tf.tensor3d(values, [1, length, length]);
}
