/**
 * DI-FGSM, the diverse input method: each step takes the gradient through a shrunken copy of the image, put at a random place, with a given
 * probability. T(x) = R (x - black) C' + black is linear, so that the gradient goes back exactly, as R' g C.
 *
 * Source: "Improving transferability of adversarial examples with input diversity", C. Xie, Z. Zhang, Y. Zhou, S. Bai, J. Wang, Z. Ren,
 * A. L. Yuille, 2019 (arXiv 1803.06978). The image is shrunk and padded to its own size, as in public implementations, for models
 * that take one size only; size, place and coin are drawn for every example, not for the batch.
 */
import { checkNumber, type Noise, type StepAttack } from '@groundstate/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { alongBoth, asImages } from './images';
import { gradientAt, type MomentumOptions, momentumOptions, type Standing, withMomentum } from './momentum';

/** Options of `diFgsm`. */
export interface DiFgsmOptions extends MomentumOptions {
  /** The least share of its width and height that an image keeps. @default 0.9 */
  readonly least?: number;
  /** How often a step sees a changed image. @default 0.5 */
  readonly probability?: number;
}

/**
 * One gradient evaluation a step. Without momentum (`decay: 0`) it is the DI-FGSM of the paper's first tables, with it M-DI-FGSM.
 *
 * @example
 * transfer(diFgsm({ probability: 0.7 }), substitute);
 */
export function diFgsm(options: DiFgsmOptions = {}): StepAttack {
  const { least: share, probability: chance, ...rest } = options;
  const least = checkNumber('di-fgsm', 'least', share ?? 0.9, { above: 0, max: 1 });
  const probability = checkNumber('di-fgsm', 'probability', chance ?? 0.5, { min: 0, max: 1 });
  const paper = 'Improving transferability of adversarial examples with input diversity (Xie et al. 2019, arXiv 1803.06978)';
  const slopeAt = ({ x, problem, index }: Standing) => {
    const images = asImages(x, 'di-fgsm');
    const noise = problem.noise.stream('diverse', index);
    const [rows, columns] = placements(noise, images.shape[1], images.shape[2], least, probability);
    // What is outside the copy is black.
    const black = Number.isFinite(problem.bounds[0]) ? problem.bounds[0] : 0;
    const seen = tf.add(alongBoth(tf.sub(images, black), rows, columns), black);
    const gradient = asImages(gradientAt(tf.reshape(seen, x.shape), problem), 'di-fgsm');
    const back = alongBoth(gradient, tf.transpose(rows, [0, 2, 1]), tf.transpose(columns, [0, 2, 1]));
    return { gradient: tf.reshape(back, x.shape) };
  };
  return withMomentum('di-fgsm', paper, rest, slopeAt, [...momentumOptions, 'least', 'probability']);
}

/** For every example the maps of rows and of columns, `[n, height, height]` and `[n, width, width]`; the identity where the coin says so. */
function placements(noise: Noise, height: number, width: number, least: number, probability: number): [Tensor, Tensor] {
  const unit = (name: string): Tensor => tf.reshape(noise.stream(name).uniform([1]), [-1, 1, 1]);
  const share = unit('size');
  const changed = tf.cast(tf.less(unit('coin'), probability), 'float32');
  const side = (length: number, place: Tensor): Tensor => {
    const smallest = Math.max(1, Math.floor(least * length));
    const size = tf.add(smallest, tf.floor(tf.mul(share, length - smallest + 1)));
    const start = tf.floor(tf.mul(place, tf.add(tf.sub(length, size), 1)));
    const same = tf.expandDims(tf.eye(length), 0);
    return tf.add(tf.mul(changed, shrunken(length, size, start)), tf.mul(tf.sub(1, changed), same));
  };
  return [side(height, unit('row')), side(width, unit('column'))];
}

/** `[n, length, length]`: bilinear shrinking to `size` pixels, laid from pixel `start` on; zero outside. */
export function shrunken(length: number, size: Tensor, start: Tensor): Tensor {
  const target = tf.reshape(tf.range(0, length), [1, length, 1]);
  const source = tf.reshape(tf.range(0, length), [1, 1, length]);
  const place = tf.sub(target, start);
  const within = tf.logicalAnd(tf.greaterEqual(place, 0), tf.less(place, size));
  const at = tf.clipByValue(tf.sub(tf.div(tf.mul(tf.add(place, 0.5), length), size), 0.5), 0, length - 1);
  return tf.mul(tf.relu(tf.sub(1, tf.abs(tf.sub(at, source)))), tf.cast(within, 'float32'));
}
