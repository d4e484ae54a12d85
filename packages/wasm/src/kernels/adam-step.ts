/**
 * `AdamStep`, a kernel that tfjs has not: a step of Adam for one weight in one pass, where separate operations take fourteen.
 * Gives the new weight, the new mean of gradients and the new mean of their squares. NaN and infinities come through.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, sizeOf } from '../heap';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import { checkAlike, SHARE } from './optimiser-tensors';

type Inputs = { readonly [name in 'weight' | 'gradient' | 'm' | 'v']: TensorInfo };

interface Attributes {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly learningRate: number;
  /** 1 - beta1^t and 1 - beta2^t, in double precision. */
  readonly correction1: number;
  readonly correction2: number;
  /** What the weight is multiplied by first: 1 without weight decay. */
  readonly shrink: number;
}

export const adamStep: TrainingKernel = defineKernel<Inputs, Attributes>('AdamStep', ({ inputs, attrs, backend }, { team }) => {
  const { weight, gradient, m, v } = inputs;
  checkAlike('AdamStep', { weight, gradient, m, v });
  const { beta1, beta2, epsilon, learningRate, correction1, correction2, shrink } = attrs;
  const outputs = [weight, m, v].map(({ shape }) => backend.makeOutput([...shape], 'float32'));
  const addresses = [weight, gradient, m, v, ...outputs].map((tensor) => addressOf(backend, tensor));
  const factors = [beta1, 1 - beta1, beta2, 1 - beta2, correction2, epsilon, learningRate / correction1, shrink];
  team.run('adamStep', sizeOf(weight.shape), SHARE, (from, to) => [
    ...addresses.map((address) => address + 4 * from),
    to - from,
    ...factors,
  ]);
  return outputs;
});
