/**
 * The energy regulariser: the mean of D_K(x, r) over the batch, r from a short inner ascent that is held constant.
 */
import { type Adversary, checkKeys, checkNumber, expected, type Objective, type StepContext, type TrainableModel } from '@groundstate/core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { discretePathEnergy, pathLosses } from './discrete-path-energy';

export interface PathEnergyOptions {
  /** Who finds r; its inputs are the labelled ones. */
  readonly adversary: Adversary;
  /** K, the segments of the path. @default 2 */
  readonly segments?: number;
}

/**
 * Costs the adversary's gradient evaluations, K more, and the clean one, which is shared where the model has no batch
 * statistics. With batch statistics the loss of one example depends on its batch: then all K + 1 points are taken in
 * inference mode, and nothing is shared.
 *
 * @example
 * sum(cleanLoss(), scale(1, pathEnergy({ adversary })));
 */
export function pathEnergy(options: PathEnergyOptions): Objective<Tensor> {
  checkKeys('pathEnergy', options, ['adversary', 'segments']);
  const { adversary } = options;
  const segments = checkNumber('pathEnergy', 'segments', options.segments ?? 2, { integer: true, min: 1 });
  if (adversary?.on !== 'labelled') throw expected('pathEnergy', 'adversary.on', "'labelled'", adversary?.on, 'D_K needs the labels.');
  return {
    name: `path-energy-${segments}`,
    terms: ['energy'],
    adversaries: [adversary],
    prepare: (context) => context.adversarial(adversary),
    evaluate: (context, end) => {
      const { inputs, labels, noise } = context.labelled;
      const losses = pathLosses(context.model, { inputs, end, labels, segments, mode: modeFor(context), noise });
      return { energy: tf.mean(discretePathEnergy(losses)) as Scalar };
    },
  };
}

function modeFor({ model }: StepContext): 'inference' | 'training' {
  const { buffers } = model as Partial<TrainableModel>;
  return buffers && Object.keys(buffers).length > 0 ? 'inference' : 'training';
}
