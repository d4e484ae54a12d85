import { createNoise, l2, linf, perturb } from '@groundstate/core';
import { describeAttack, linearModel, unfoolableModel } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { traceOf, valuesOf } from '../tests/trace';
import { gaussianNoise, uniformNoise } from './noise';

describeAttack(() => uniformNoise({ draws: 4 }));
describeAttack(() => gaussianNoise({ draws: 4 }));

const one = (n: number): Tensor1D => tf.ones([n], 'int32') as Tensor1D;

describe.each([uniformNoise, gaussianNoise])('noise', (make) => {
  const attack = make({ draws: 5 });
  const { name } = attack.card;

  it(`${name} makes one forward pass a draw, and each draw is another`, async () => {
    const request = {
      inputs: tf.fill([2, 4], 0.5),
      goal: { kind: 'misclassify', labels: one(2) } as const,
      threat: { norm: linf(), epsilon: 0.1 },
      seed: 1,
    };
    const { forwards, backwards } = await perturb(attack, { ...request, model: unfoolableModel() });
    // One more for the clean inputs.
    expect([...forwards, ...backwards]).toEqual([6, 6, 0, 0]);
    const noise = createNoise(1, Int32Array.from([0, 1]));
    const { points, end } = traceOf(attack, { ...request, model: unfoolableModel(), labels: one(2), noise });
    expect(new Set([...points, end].map((point) => point.join())).size).toBe(5);
  });

  it(`${name} fools a model that half of the ball fools, given enough draws`, async () => {
    // lead = x_0 - 0.5 + a little: each draw has nearly one chance in two.
    const request = {
      model: linearModel([1, 0], -0.499),
      inputs: tf.fill([20, 2], 0.5),
      goal: { kind: 'misclassify', labels: one(20) } as const,
    };
    const { success } = await perturb(make({ draws: 30 }), { ...request, threat: { norm: linf(), epsilon: 0.25 }, seed: 1 });
    expect(await success.data()).toEqual(new Float32Array(20).fill(1));
  });

  it(`${name} says what is wrong with its options`, () => {
    expect(() => make({ draws: 0 })).toThrow(`${name}: expected \`draws\` to be an integer of at least 1, got 0.`);
  });
});

describe('gaussian noise', () => {
  it('has nearly the size of an l2 budget in high dimension', () => {
    const model = linearModel(new Array<number>(2000).fill(0.001), 5, [2000], [-9, 9]);
    const problem = { model, inputs: tf.zeros([3, 2000]), goal: { kind: 'misclassify', labels: one(3) } as const };
    const noise = createNoise(1, Int32Array.from([0, 1, 2]));
    const { end } = traceOf(gaussianNoise({ draws: 1 }), { ...problem, labels: one(3), threat: { norm: l2(), epsilon: 2 }, noise });
    for (const size of valuesOf(l2().size(tf.tensor2d(end, [3, 2000])))) expect(size > 1.85 && size < 2 + 1e-5).toBe(true);
  });
});
