import { linearModel } from '@groundstate/testing';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { StepAttackDefinition } from '../contract/attack';
import { linf } from '../norms/linf';
import { defineAttack } from './define-attack';
import { perturb } from './perturb';

/** The lead is x1 - 10 x2 + 1: each of the points below fools it. */
const model = linearModel([1, -10], 1);
const points = [
  [0.3, 0.6],
  [0.1, 0.5],
  [0.9, 0.5],
] as const;
type State = { readonly rows: { readonly adversarial: Tensor } };

/** Shows one point after the other; the second is the nearest, the third has the largest x1, the first the largest within 0.7. */
function shows(rank?: StepAttackDefinition<State>['rank']): Promise<number[]> {
  const attack = defineAttack<State>({
    card: { name: 'shows', norms: ['linf'], budget: 'minimum', access: 'logits', goals: ['misclassify'], paper: 'none' },
    steps: points.length,
    ...(rank ? { rank } : {}),
    init: ({ inputs }) => ({ rows: { adversarial: inputs } }),
    step: (_, { oracle }, { index }) => {
      const adversarial = tf.tensor2d([[...points[index]!]]);
      oracle.logits(adversarial);
      return { rows: { adversarial } };
    },
  });
  const goal = { kind: 'misclassify', labels: tf.ones([1], 'int32') as Tensor1D } as const;
  return perturb(attack, { model, inputs: tf.zeros([1, 2]), goal, threat: { norm: linf(), epsilon: 0.7 }, seed: 0 }).then(
    async ({ adversarial }) => [...(await adversarial.data())].map((value) => Math.round(value * 10) / 10),
  );
}

describe('what a minimum-norm attack keeps', () => {
  it('is the nearest candidate', async () => {
    expect(await shows()).toEqual([...points[1]]);
  });

  it('is the lowest by its own rank, of those within the budget', async () => {
    expect(await shows((candidate) => tf.neg(tf.reshape(tf.slice(candidate, [0, 0], [-1, 1]), [-1])) as Tensor1D)).toEqual([...points[0]]);
  });
});
