/** What is made of the energy of an example before the mean is taken. */
import { checkNumber, checkOneOf, expected } from '@groundstate/core';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** How an energy enters the loss: as it is, or tamed where it is large. */
export interface FormOptions {
  /**
   * `squared` is the energy D itself. `huber` grows with its root only where that is beyond `huberDelta`: a few examples
   * with large gaps, and the first steps of training, cannot drown the others then. @default 'squared'
   */
  readonly form?: 'squared' | 'huber';
  /** Where the root of the energy stops being squared, in units of the loss. Only with `form: 'huber'`. @default 1 */
  readonly huberDelta?: number;
}

/** Energies `[n]` in, what is minimised out; and what the objective's name says of it. */
export interface Form {
  readonly apply: (energies: Tensor1D) => Tensor1D;
  readonly suffix: string;
}

export function formOf(owner: string, { form = 'squared', huberDelta }: FormOptions): Form {
  checkOneOf(owner, 'form', form, ['squared', 'huber']);
  if (form === 'squared') {
    if (huberDelta !== undefined) throw expected(owner, 'huberDelta', "left out unless `form` is 'huber'", huberDelta);
    return { apply: (energies) => energies, suffix: '' };
  }
  const delta = checkNumber(owner, 'huberDelta', huberDelta ?? 1, { above: 0 });
  return { apply: (energies) => huber(energies, delta), suffix: ` huber ${delta}` };
}

/**
 * The Huber form of energies D >= 0, `[n]`: D where sqrt(D) <= delta, 2 delta sqrt(D) - delta^2 beyond. Its gradient is
 * that of D times min(1, delta / sqrt(D)).
 *
 * Source of the loss: "Robust estimation of a location parameter", P. J. Huber, 1964 (doi 10.1214/aoms/1177703732).
 *
 * @example
 * huber(discretePathEnergy(losses), 0.5);
 */
export function huber(energies: Tensor1D, delta: number): Tensor1D {
  const square = delta * delta;
  const over = tf.relu(tf.sub(energies, square));
  // The root is of delta^2 at least: its slope stays finite where there is no energy at all.
  const linear = tf.mul(tf.sub(tf.sqrt(tf.add(over, square)), delta), 2 * delta);
  return tf.add(tf.sub(energies, over), linear) as Tensor1D;
}
