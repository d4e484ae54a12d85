import type { Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Objective } from '../contract/objective';
import { checkNumber, expected } from '../errors';
import { type Schedule, scheduled } from '../schedules';

/**
 * An objective times a weight, fixed or scheduled over the training. The terms are logged as they are minimised: weighted.
 *
 * @example
 * sum(cleanLoss(), scale(linear(0, 1), pathEnergy({ adversary })));
 */
export function scale<Constants>(weight: number | Schedule, objective: Objective<Constants>): Objective<Constants> {
  if (typeof weight === 'number') checkNumber('scale', 'weight', weight);
  else if (typeof weight !== 'function') throw expected('scale', 'weight', 'a number or a schedule', weight);
  const at = scheduled(weight);
  return {
    ...objective,
    name: typeof weight === 'number' ? `${weight} ${objective.name}` : `scheduled ${objective.name}`,
    evaluate: (context, constants) => {
      const factor = at(context.progress);
      const terms = objective.evaluate(context, constants);
      return Object.fromEntries(Object.entries(terms).map(([name, term]) => [name, tf.mul(term, factor) as Scalar]));
    },
  };
}
