/** Problems and attacks small enough to know every candidate and every pass by hand. */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AttackCard, AttackProblem, Goal, StepAttack } from '../src/contract/attack';
import { type AscentOptions, ascent } from '../src/drivers/ascent';
import { defineAttack } from '../src/drivers/define-attack';
import { createNoise } from '../src/noise/create-noise';
import { linf } from '../src/norms/linf';

export const card: AttackCard = {
  name: 'probe',
  norms: ['linf', 'l2', 'l1'],
  budget: 'fixed',
  access: 'gradients',
  goals: ['misclassify', 'target', 'change'],
  paper: 'none',
};

/** The primitive with a card: what PGD is. */
export function climb(options: AscentOptions = {}): StepAttack {
  return defineAttack({ card, ...ascent(options) });
}

/** Proposes the inputs moved by `delta`, clipped to nothing, in no steps at all. */
export function shift(delta: number, changes: Partial<AttackCard> = {}): StepAttack {
  return defineAttack({
    card: { ...card, ...changes },
    steps: 0,
    init: ({ inputs }) => ({ rows: { adversarial: tf.add(inputs, delta) } }),
    step: (state) => state,
  });
}

/** What a loss reads: a goal, and clean logits where it asks for them. An oracle is not among it. */
export function lossProblem(goal: Goal, cleanLogits?: Tensor2D): AttackProblem {
  return {
    get oracle(): never {
      throw new Error('A loss must not ask the oracle.');
    },
    get cleanLogits(): Tensor2D {
      if (!cleanLogits) throw new Error('This loss must not read the clean logits.');
      return cleanLogits;
    },
    bounds: [0, 1],
    inputs: tf.zeros([0, 1]),
    goal,
    threat: { norm: linf(), epsilon: 1 },
    noise: createNoise(0, new Int32Array(0)),
  };
}

/** Whole numbers as a tensor of classes. */
export function classes(...values: number[]): Tensor1D {
  return tf.tensor1d(values, 'int32');
}

/** One column: a batch of examples of shape [1]. */
export function column(...values: number[]): Tensor {
  return tf.tensor2d(values, [values.length, 1]);
}
