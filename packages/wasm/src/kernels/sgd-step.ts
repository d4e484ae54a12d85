/**
 * `SgdStep`, a kernel that tfjs has not: a step of gradient descent for one weight in one pass. Gives the new weight and, where
 * there is a velocity, the new velocity. NaN and infinities come through.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, sizeOf } from '../heap';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import { checkAlike, SHARE } from './optimiser-tensors';

interface Inputs {
  readonly weight: TensorInfo;
  readonly gradient: TensorInfo;
  /** Without it there is no momentum. */
  readonly velocity?: TensorInfo;
}

interface Attributes {
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  /** Coupled: added to the gradient, times the weight. Nothing is added at 0. */
  readonly weightDecay: number;
}

export const sgdStep: TrainingKernel = defineKernel<Inputs, Attributes>('SgdStep', ({ inputs, attrs, backend }, { team }) => {
  const { weight, gradient, velocity } = inputs;
  checkAlike('SgdStep', { weight, gradient, ...(velocity ? { velocity } : {}) });
  const { learningRate, momentum, nesterov, weightDecay } = attrs;
  const given = velocity ? [weight, gradient, velocity] : [weight, gradient];
  const outputs = given.slice(1).map(({ shape }) => backend.makeOutput([...shape], 'float32'));
  const addresses = [...given, ...outputs].map((tensor) => addressOf(backend, tensor));
  const decays = weightDecay > 0 ? 1 : 0;
  const rest = velocity ? [decays, nesterov ? 1 : 0, weightDecay, momentum, learningRate] : [decays, weightDecay, learningRate];
  team.run(velocity ? 'momentumStep' : 'sgdStep', sizeOf(weight.shape), SHARE, (from, to) => [
    ...addresses.map((address) => address + 4 * from),
    to - from,
    ...rest,
  ]);
  return outputs;
});
