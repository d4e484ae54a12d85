/**
 * The point energy |g(x)|^2: the squared norm of the loss's gradient at the example itself, known as input-gradient
 * regularisation. The path energy of an infinitely short path; it sees no curvature.
 *
 * Sources: "Improving generalization performance using double backpropagation", H. Drucker, Y. LeCun, 1992 (doi
 * 10.1109/72.165600); "Improving the adversarial robustness and interpretability of deep neural networks by regularizing
 * their input gradients", A. S. Ross, F. Doshi-Velez, 2018 (arXiv 1711.09404).
 */
import { type Adversary, checkKeys, expected, l2, type Norm, type Objective } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { type FormOptions, formOf } from './form';
import { type SlopeOptions, slopeOf } from './slope';
import { checkOn, isNorm, type SlopeConstants, slopeObjective } from './slope-objective';
import { checkVirtual } from './subject';

/** Options of `pointEnergy`: the norm, and how the slope is taken. */
export interface PointEnergyOptions extends SlopeOptions, FormOptions {
  /** Of the perturbations: the gradient is measured in its dual norm, l1 for linf. @default l2() */
  readonly norm?: Norm;
  /** Average over classes drawn from the clean prediction instead of the label: needs no labels; l2 only. @default false */
  readonly virtual?: boolean;
  /** Whose energy, for a virtual one. @default 'all' */
  readonly on?: Adversary['on'];
}

/**
 * By finite difference it costs 3 gradient evaluations: one for the direction, two for the difference; a virtual one 2,
 * with a random direction for all classes: noisy, and right on average. By double backpropagation it costs 2.
 *
 * @example
 * sum(cleanLoss(), scale(0.1, pointEnergy()));
 */
export function pointEnergy(options: PointEnergyOptions = {}): Objective<SlopeConstants> {
  const owner = 'pointEnergy';
  checkKeys(owner, options, ['norm', 'method', 'relativeStep', 'virtual', 'on', 'form', 'huberDelta']);
  const { norm = l2() } = options;
  if (!isNorm(norm)) throw expected(owner, 'norm', 'a norm, such as l2()', norm);
  const virtual = checkVirtual(owner, options.virtual);
  return slopeObjective({
    owner,
    name: `point-energy ${norm.name}`,
    term: virtual ? 'virtualPointEnergy' : 'pointEnergy',
    on: checkOn(owner, options.on, virtual),
    slope: slopeOf(owner, options, norm, virtual),
    form: formOf(owner, options),
    // A copy: differences and gradients are not to be taken for the clean pass.
    points: (_, { batch }) => [tf.clone(batch.inputs)],
  });
}
