import { crossEntropy, l2, linf, type Model, type Noise, perturb, type Sequence, settle } from '@groundstate/core';
import { describeAttack } from '@groundstate/testing';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { apgdT } from './apgd-t';
import { eot } from './eot';
import { fab } from './fab';
import { pgd } from './pgd';

const d = 40;
const steepness = 1;

/** lead(x) = <1 + r, x - 0.5> + bias, r drawn anew at every pass, with a spread so large that a single draw says little about the mean. */
function noisyModel(bias: number, spread: number): Model & { readonly drawn: Noise[] } {
  const drawn: Noise[] = [];
  return {
    name: 'noisy',
    bounds: [0, 1],
    classes: 2,
    inputShape: [d],
    drawn,
    logits: (inputs: Tensor, options) => {
      const noise = options?.noise;
      if (!noise) throw new Error('a pass without noise');
      drawn.push(noise);
      const weights = tf.add(tf.mul(noise.normal([d]), spread), steepness);
      const lead = tf.add(tf.sum(tf.mul(weights, tf.sub(inputs, 0.5)), 1), bias) as Tensor1D;
      return tf.stack([tf.zerosLike(lead), lead], 1) as Tensor2D;
    },
  };
}

const n = 32;
const request = (model: Model, epsilon: number) => ({
  model,
  inputs: tf.fill([n, d], 0.5),
  goal: { kind: 'misclassify', labels: tf.ones([n], 'int32') as Tensor1D } as const,
  threat: { norm: l2(), epsilon },
  seed: 0,
});
const fooled = async (attack: Parameters<typeof perturb>[0], model: Model, epsilon: number): Promise<number> => {
  const { success } = await perturb(attack, request(model, epsilon), { onFooled: 'continue' });
  return Array.from(await success.data()).filter((value) => value === 1).length;
};

describeAttack(() => eot(pgd({ steps: 4 }), { samples: 3 }), { passesPerStep: 3 });

describe('eot', () => {
  it('breaks on average what an attack at one draw does not', async () => {
    // In the mean the lead falls by epsilon |1| = 0.5 sqrt(40) = 3.16 and is then -1.5; along one draw's own direction much less.
    const spread = 3;
    const attack = pgd({ steps: 10, randomStart: false });
    const [alone, averaged] = [
      await fooled(attack, noisyModel(1.66, spread), 0.5),
      await fooled(eot(attack, { samples: 40 }), noisyModel(1.66, spread), 0.5),
    ];
    expect(averaged).toBeGreaterThan(alone + 3);
  });

  it('averages losses, gradients and logits over draws that no other question shares', async () => {
    const model = noisyModel(1, 1);
    const seen: { loss: number; gradient: Float32Array; logits: Float32Array }[] = [];
    const probe = {
      ...pgd({ steps: 1 }),
      step: (state: never, problem: Parameters<ReturnType<typeof pgd>['step']>[1]) => {
        for (let question = 0; question < 2; question++) {
          const { loss, gradient, logits } = problem.oracle.ascent(problem.inputs, crossEntropy());
          const [value, slope, answer] = [loss, gradient, logits].map((tensor) => Float32Array.from(tensor.dataSync()));
          seen.push({ loss: value![0]!, gradient: slope!.slice(0, d), logits: answer!.slice(0, 2) });
        }
        return state;
      },
    };
    await perturb(eot(probe as never, { samples: 5 }), request(model, 0.1));
    // The draws behind the first question: passes 2 to 6, after the clean one.
    const draws = model.drawn.slice(1, 11).map((noise) => Float32Array.from(noise.normal([d]).dataSync().slice(0, d)));
    // At x = 0.5 the lead is 1 whatever the draw, and the slope of log(1 + exp(-lead)) is -(1 + r) / (1 + e).
    const mean = (i: number, from: number): number => draws.slice(from, from + 5).reduce((sum, draw) => sum + draw[i]!, 0) / 5;
    for (const [question, { loss, gradient, logits }] of seen.entries()) {
      expect(loss).toBeCloseTo(Math.log(1 + Math.exp(-1)), 5);
      expect([...logits]).toEqual([0, 1]);
      for (let i = 0; i < d; i++) expect(gradient[i]).toBeCloseTo(-(1 + mean(i, 5 * question)) / (1 + Math.E), 5);
    }
    expect(new Set(draws.map((draw) => draw[0])).size).toBe(10);
  });

  it('goes into sequences and plans, and is counted', async () => {
    const { members } = settle(eot(apgdT({ steps: 3 }), { samples: 2 }), { norm: linf(), epsilon: 1 }, { classes: 4 }) as Sequence;
    expect(members.map(({ card }) => card.name)).toEqual(['apgd-t-1-eot', 'apgd-t-2-eot', 'apgd-t-3-eot']);
    const { backwards } = await perturb(eot(fab({ steps: 2 }), { samples: 3 }), request(noisyModel(9, 0.01), 0.1));
    expect([...new Set(backwards)]).toEqual([2 * 3]);
  });

  it('says what is wrong with its options', () => {
    expect(() => eot(pgd(), { samples: 0 })).toThrow('eot: expected `samples` to be an integer of at least 1, got 0.');
  });
});
