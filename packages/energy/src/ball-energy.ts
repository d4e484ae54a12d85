/**
 * The ball energy E(x), or Dirichlet energy: the mean of |g(x + d)|^2 over d drawn from the ball. An average does not
 * bound the worst case: in many dimensions a narrow spike hardly shows in it, and curvature of low rank hardly either.
 * The path energy is the default for that reason.
 */
import { type Adversary, checkKeys, checkNumber, expected, type Objective, type ThreatModel } from '@groundstate/core';
import { type FormOptions, formOf } from './form';
import { type SlopeOptions, slopeOf } from './slope';
import { checkOn, isNorm, type SlopeConstants, slopeObjective } from './slope-objective';
import { checkVirtual } from './subject';

/** Options of `ballEnergy`: the ball, the points drawn in it, and how the slope is taken. */
export interface BallEnergyOptions extends SlopeOptions, FormOptions {
  /** The ball. The gradient is measured in the dual of its norm, l1 for linf. */
  readonly threat: ThreatModel;
  /** Points drawn in every ball, in a step. @default 1 */
  readonly samples?: number;
  /** Average over classes drawn from the clean prediction instead of the label: needs no labels; l2 only. @default false */
  readonly virtual?: boolean;
  /** Whose energy, for a virtual one. @default 'all' */
  readonly on?: Adversary['on'];
}

/**
 * Points are uniform in the ball, then brought into the model's box. Each costs 3 gradient evaluations by finite
 * difference (a virtual energy 2), and 2 by double backpropagation.
 *
 * @example
 * sum(cleanLoss(), scale(0.1, ballEnergy({ threat: { norm: l2(), epsilon: 2 } })));
 */
export function ballEnergy(options: BallEnergyOptions): Objective<SlopeConstants> {
  const owner = 'ballEnergy';
  checkKeys(owner, options, ['threat', 'samples', 'method', 'relativeStep', 'virtual', 'on', 'form', 'huberDelta']);
  const { threat } = options;
  if (!isNorm(threat?.norm)) throw expected(owner, 'threat', 'a norm and an epsilon', threat);
  const { norm } = threat;
  const epsilon = checkNumber(owner, 'threat.epsilon', threat.epsilon, { min: 0 });
  const samples = checkNumber(owner, 'samples', options.samples ?? 1, { integer: true, min: 1 });
  const virtual = checkVirtual(owner, options.virtual);
  return slopeObjective({
    owner,
    name: `ball-energy-${samples} ${norm.name} ${epsilon}`,
    term: virtual ? 'virtualBallEnergy' : 'ballEnergy',
    on: checkOn(owner, options.on, virtual),
    slope: slopeOf(owner, options, norm, virtual),
    form: formOf(owner, options),
    points: ({ model }, { batch: { inputs, noise } }) =>
      Array.from({ length: samples }, (_, i) =>
        norm.project(norm.sample(inputs, epsilon, noise.stream('ball-energy', i)), inputs, epsilon, model.bounds),
      ),
  });
}
