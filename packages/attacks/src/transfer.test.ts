import { l2, linf, perturb, type Sequence, settle } from '@groundstate/core';
import { describeAttack, linearModel, smoothModel } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { valuesOf } from '../tests/trace';
import { apgdT } from './apgd-t';
import { carliniWagner } from './carlini-wagner';
import { pgd } from './pgd';
import { transfer } from './transfer';

const other = smoothModel({ inputShape: [6, 6, 1], scale: 1 });
afterAll(() => other.dispose());
const everywhere = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const labels = tf.ones([1], 'int32') as Tensor1D;
const goal = { kind: 'misclassify', labels } as const;

describeAttack(() => transfer(pgd({ steps: 5 }), other));

describe('transfer', () => {
  it('to the substitute itself gives what the attack gives, for two forward passes', async () => {
    const model = linearModel([1, -1, 2, 0.5], -1, [4]);
    const request = { model, inputs: tf.fill([1, 4], 0.5), goal, threat: { norm: linf(), epsilon: 0.3 }, seed: 4 };
    const attack = pgd({ steps: 7 });
    const [own, transferred] = [await perturb(attack, request, { onFooled: 'continue' }), await perturb(transfer(attack, model), request)];
    expect([...valuesOf(transferred.success)]).toEqual([...valuesOf(own.success)]);
    // The clean pass, the last point, and the pass that judges it.
    expect([transferred.forwards[0]! <= 3, transferred.backwards[0]]).toEqual([true, 0]);
  });

  it('goes as far as the cosine between the two models: epsilon |w| cos', async () => {
    // w = (1, 0) and a substitute at 60 degrees: a step of 1 lowers the lead by 0.5, no matter how far the substitute falls.
    const substitute = linearModel([0.5, Math.sqrt(0.75)], 5, [2], [...everywhere]);
    for (const [lead, fooled] of [
      [0.49, 1],
      [0.51, 0],
    ] as const) {
      const model = linearModel([1, 0], lead - 0.5, [2], [...everywhere]);
      const request = { model, inputs: tf.fill([1, 2], 0.5), goal, threat: { norm: l2(), epsilon: 1 }, seed: 0 };
      const { success } = await perturb(transfer(pgd({ steps: 20, randomStart: false }), substitute), request);
      expect([...valuesOf(success)]).toEqual([fooled]);
    }
  });

  it("with show: 'every' keeps an iterate on the way where the last one does not fool", async () => {
    // Fooled between 0.3 and 0.4 only; the substitute wants the input as small as possible, and gets to 0.2.
    const model = linearModel([0], 0, [1]);
    const valley = {
      ...model,
      logits: (x: tf.Tensor) => {
        const lead = tf.reshape(tf.sub(tf.abs(tf.sub(x, 0.35)), 0.05), [-1]);
        return tf.stack([tf.zerosLike(lead), lead], 1) as tf.Tensor2D;
      },
    };
    const substitute = linearModel([1], 5, [1]);
    const attack = pgd({ steps: 10, relativeStep: 0.1, randomStart: false });
    const request = { model: valley, inputs: tf.fill([1, 1], 0.5), goal, threat: { norm: linf(), epsilon: 0.3 }, seed: 0 };
    const last = await perturb(transfer(attack, substitute), request);
    const every = await perturb(transfer(attack, substitute, { show: 'every' }), request);
    expect([...valuesOf(last.success), ...valuesOf(every.success)]).toEqual([0, 1]);
  });

  it('goes into plans and their sequences, and shows what an attack that ends by itself ended with', async () => {
    const model = linearModel([1, -1], 0.1, [2]);
    const { members } = settle(transfer(apgdT({ steps: 3 }), model), { norm: linf(), epsilon: 1 }, { classes: 9 }) as Sequence;
    expect(members.map(({ card }) => card.name)).toEqual(['apgd-t-1-transfer']);
    const request = { model, inputs: tf.fill([1, 2], 0.5), goal, threat: { norm: l2(), epsilon: 1 }, seed: 0 };
    const attack = carliniWagner({ binarySearchSteps: 3, steps: 60, learningRate: 0.1, initialConstant: 1 });
    const { success } = await perturb(transfer(attack, model), request);
    expect([...valuesOf(success)]).toEqual([1]);
  });

  it('says what is wrong with its options', () => {
    expect(() => transfer(pgd(), undefined as never)).toThrow('transfer: expected `substitute` to be a model, got undefined.');
    expect(() => transfer(pgd(), other, { show: 'all' as 'last' })).toThrow(
      "transfer: expected `show` to be one of 'last', 'every', got \"all\".",
    );
  });
});
