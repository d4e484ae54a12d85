import { type Attack, l2, linf, type Model, perturb } from '@groundstate/core';
import { binaryModel, linearModel } from '@groundstate/testing';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { apgdCe, fgsm, gaussianNoise, pgd, square, uniformNoise } from '../src/index';

const attacks: readonly Attack[] = [
  fgsm(),
  pgd({ steps: 5 }),
  pgd({ steps: 1 }),
  apgdCe({ steps: 5 }),
  apgdCe({ steps: 1 }),
  square({ queries: 20 }),
  square({ queries: 1 }),
  uniformNoise({ draws: 1 }),
  gaussianNoise({ draws: 3 }),
];
const shape = [2, 3, 1];
const labels = tf.ones([2], 'int32') as Tensor1D;
const goal = { kind: 'misclassify', labels } as const;

async function outcome(attack: Attack, model: Model, inputs: Tensor, epsilon: number, norm = linf()) {
  const { adversarial, success, distance } = await perturb(attack, { model, inputs, goal, threat: { norm, epsilon }, seed: 3 });
  const [points, succeeded, distances] = await Promise.all([adversarial.data(), success.data(), distance.data()]);
  return { points: [...points], success: [...succeeded], distance: [...distances] };
}

/** At the end of their budget, of their box or of their gradient, attacks fail in good order. */
describe.each(attacks.map((attack) => ({ attack, name: `${attack.card.name} (${'steps' in attack ? attack.steps : 0} steps)` })))(
  '$name',
  ({ attack }) => {
    const resisted = (clean: Tensor) => ({ points: [...clean.dataSync()], success: [0, 0], distance: [0, 0] });
    const middle = tf.fill([2, ...shape], 0.5);

    it.each([linf(), l2()])('returns the clean inputs and fails with an $name budget of zero', async (norm) => {
      const model = linearModel([1, -1, 1, -1, 1, -1], 0.01, shape);
      expect(await outcome(attack, model, middle, 0, norm)).toEqual(resisted(middle));
    });

    it('leaves wrong examples as they are, at distance zero', async () => {
      const model = linearModel([1, -1, 1, -1, 1, -1], -1, shape);
      expect(await outcome(attack, model, middle, 0.1)).toEqual({ ...resisted(middle), success: [1, 1] });
    });

    it.each([linf(), l2()])('meets no NaN where the gradient is zero, under $name', async (norm) => {
      const flat = binaryModel('flat', shape, (inputs) => tf.add(tf.sum(tf.mul(inputs, 0), [1, 2, 3]), 1) as Tensor1D);
      expect(await outcome(attack, flat, middle, 0.2, norm)).toEqual(resisted(middle));
    });

    it.each([linf(), l2()])('fails where the box leaves no way down, under $name', async (norm) => {
      // The lead is the sum of the pixels and a little, and all of them are 0.
      const corner = tf.zeros([2, ...shape]);
      expect(await outcome(attack, linearModel([1, 1, 1, 1, 1, 1], 0.01, shape), corner, 0.3, norm)).toEqual(resisted(corner));
    });

    it('never counts logits that are not numbers', async () => {
      // A number at the clean inputs only: the square root of what is negative everywhere else.
      const strayed = (inputs: Tensor): Tensor => tf.abs(tf.sub(tf.mean(inputs, [1, 2, 3]), 0.5));
      const broken = binaryModel('broken', shape, (inputs) => tf.add(1, tf.sqrt(tf.neg(strayed(inputs)))) as Tensor1D);
      expect(await outcome(attack, broken, middle, 0.2)).toEqual(resisted(middle));
    });
  },
);
