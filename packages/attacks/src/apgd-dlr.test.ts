import { linf, perturb } from '@groundstate/core';
import { describeAttack } from '@groundstate/testing';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { apgdCe } from './apgd-ce';
import { apgdDlr } from './apgd-dlr';

// Three classes, of which one is so far ahead that every exponential of the cross-entropy is zero in float32.
const scaled = (scale: number) => ({
  name: `scaled by ${scale}`,
  bounds: [0, 1] as const,
  classes: 3,
  inputShape: [3],
  logits: (inputs: tf.Tensor): Tensor2D => tf.mul(inputs, scale) as Tensor2D,
});
const request = (scale: number) => ({
  model: scaled(scale),
  inputs: tf.tensor2d([[0.69, 0.5, 0.1]]),
  goal: { kind: 'misclassify', labels: tf.zeros([1], 'int32') as Tensor1D } as const,
  threat: { norm: linf(), epsilon: 0.1 },
  seed: 0,
});

describeAttack(() => apgdDlr({ steps: 12 }), { passesPerStep: 1.2, classes: 4 });

describe('apgd-dlr', () => {
  it('does not see the scale of the logits, under which the gradient of the cross-entropy vanishes', async () => {
    // The lead is 0.19 and the attack closes 0.2 of it, at any scale; exp(-1e5) is 0.
    for (const scale of [1, 1e6]) {
      const { success } = await perturb(apgdDlr({ steps: 10 }), request(scale));
      expect([...(await success.data())]).toEqual([1]);
    }
    const { success } = await perturb(apgdCe({ steps: 10 }), request(1e6));
    expect([...(await success.data())]).toEqual([0]);
  });

  it('says that two classes are too few', async () => {
    const two = { ...request(1), model: { ...scaled(1), classes: 2, logits: (x: tf.Tensor) => tf.slice(x as Tensor2D, [0, 0], [-1, 2]) } };
    await expect(perturb(apgdDlr({ steps: 2 }), two)).rejects.toThrow(
      "dlr: expected `classes` to be at least 3 (goal 'misclassify'), got 2.",
    );
  });
});
